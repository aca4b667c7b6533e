vcl 4.1;
# Varnish 7.1 or later. Comments name the scenario's fields. What is not said
# here is as in Varnish's built-in VCL, which is appended to each subroutine.

backend balancer {
    .host = "10.77.0.20";
    .port = "80";
    .connect_timeout = 500ms;  # real time: a dead host says nothing
    .first_byte_timeout = 1m;  # longer than clients wait
    .between_bytes_timeout = 1m;
}

# The built-in VCL looks nothing up for a request with Authorization or
# Cookie. This one does: cache.cache_401, cache.ignore_cache_control, cache.ignore_auth, cache.cache_set_cookie.
sub vcl_req_authorization { return; }
sub vcl_req_cookie { return; }

sub vcl_backend_response {
    if (bereq.uncacheable) {
        return (deliver);
    }
    set beresp.grace = 0s;  # what is stale is not served
    unset beresp.http.Vary;  # cache.ignore_vary
    call vcl_beresp_vary;
    if (beresp.status == 401) {  # cache.cache_401
        set beresp.ttl = 1m;
        return (deliver);
    }
    if (beresp.status == 200) {  # cache.ignore_cache_control
        set beresp.ttl = 90s;
        return (deliver);
    }
}

sub vcl_beresp_cookie { return; }  # cache.cache_set_cookie

sub vcl_deliver {
    # RFC 9211.
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "varnish; hit";
    } else {
        set resp.http.Cache-Status = "varnish; fwd=miss";
    }
}
