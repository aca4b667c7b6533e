# Varnish compiles its configuration with gcc. tcc is enough for that, and 150 MB
# smaller. Three things make up for the difference: the stand-in for gcc, which
# keeps the last three arguments (-o OUTPUT INPUT); stdint.h, which the generated
# C includes beside tcc's own stddef.h; and a tunable, because tcc does not say
# that its output needs no executable stack, and glibc 2.41 refuses to load that.
FROM logoutlab/base
ADD root.tar /
COPY gcc /usr/bin/gcc
COPY stdint.h /usr/include/stdint.h
RUN echo 'varnish:x:1000:1000::/nonexistent:/bin/false' >>/etc/passwd && echo 'varnish:x:1000:' >>/etc/group && \
    ln -s gcc "/usr/bin/$(uname -m)-linux-gnu-gcc" && mkdir -p -m 1777 /var/lib/varnish
ENV GLIBC_TUNABLES=glibc.rtld.execstack=2
USER varnish
WORKDIR /etc/varnish
CMD ["varnishd", "-F", "-f", "/etc/varnish/default.vcl", "-a", ":80", "-s", "malloc,100M"]
