# As the official image: answers on every address, without a password.
FROM logoutlab/base
ADD root.tar /
RUN echo 'redis:x:999:999::/data:/bin/false' >>/etc/passwd && echo 'redis:x:999:' >>/etc/group && \
    mkdir /data && chown redis:redis /data
USER redis
WORKDIR /data
CMD ["redis-server", "--protected-mode", "no"]
