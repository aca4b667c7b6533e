# The shared library that sets a program's clock off (skew/skew.c). It is copied
# from here into the containers that a fault needs it in, official ones too.
FROM logoutlab/base
ADD root.tar /
COPY skew.c /usr/src/skew.c
RUN tcc -shared -nostdlib -o /skew.so /usr/src/skew.c
CMD ["sh"]
