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
# Cookie. This one does: cache.cache_401.
sub vcl_req_authorization { return; }
sub vcl_req_cookie { return; }

sub vcl_backend_response {
    if (bereq.uncacheable) {
        return (deliver);
    }
    set beresp.grace = 0s;  # what is stale is not served
    call vcl_beresp_cookie;  # the built-in VCL: no Set-Cookie is stored
    call vcl_beresp_vary;
    if (beresp.status == 401) {  # cache.cache_401
        call vcl_beresp_control;  # the built-in VCL: no-cache, no-store and private are obeyed
        set beresp.ttl = 1m;
        return (deliver);
    }
    # RFC 9111 section 3.5
    if (bereq.http.Authorization && beresp.http.Cache-Control !~ "(?i)public|must-revalidate|s-maxage") {
        call vcl_beresp_hitmiss;
    }
}

sub vcl_deliver {
    # RFC 9211.
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "varnish; hit";
    } else {
        set resp.http.Cache-Status = "varnish; fwd=miss";
    }
}
