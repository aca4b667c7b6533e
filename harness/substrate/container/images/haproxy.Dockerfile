# As the official image: no privileges, and SIGUSR1 lets connections finish.
FROM logoutlab/base
ADD root.tar /
RUN echo 'haproxy:x:99:99::/var/lib/haproxy:/bin/false' >>/etc/passwd && echo 'haproxy:x:99:' >>/etc/group && \
    mkdir -p /usr/local/etc/haproxy /var/lib/haproxy && chown haproxy:haproxy /var/lib/haproxy
USER haproxy
WORKDIR /var/lib/haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
