FROM logoutlab/base
ADD root.tar /
RUN echo 'memcache:x:11211:11211::/nonexistent:/bin/false' >>/etc/passwd && echo 'memcache:x:11211:' >>/etc/group
USER memcache
CMD ["memcached"]
