// Package nginx makes nginx the balancer or the caching proxy of an
// architecture: its configuration and its log. It is for the open source
// nginx, 1.22 and later (https://nginx.org/en/docs/).
package nginx
