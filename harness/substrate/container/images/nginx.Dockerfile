# As the official image: the user nginx for the workers, logs to the terminal,
# SIGQUIT lets connections finish, and the stream module is there. www-data is
# the user of Debian's nginx.conf.
FROM logoutlab/base
ADD root.tar /
RUN echo 'nginx:x:101:101::/nonexistent:/bin/false' >>/etc/passwd && echo 'nginx:x:101:' >>/etc/group && \
    echo 'www-data:x:33:33::/var/www:/bin/false' >>/etc/passwd && echo 'www-data:x:33:' >>/etc/group && \
    ln -s /usr/share/nginx/modules-available/mod-stream.conf /etc/nginx/modules-enabled/50-mod-stream.conf && \
    mkdir -p /etc/nginx/conf.d /var/cache/nginx /var/lib/nginx /var/log/nginx && \
    ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
