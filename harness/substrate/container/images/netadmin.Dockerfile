# iptables for the network namespace of another container: partitions and loss.
FROM logoutlab/base
ADD root.tar /
RUN for name in iptables iptables-save iptables-restore; do ln -s xtables-nft-multi /usr/sbin/$name; done
STOPSIGNAL SIGKILL
CMD ["sleep", "infinity"]
