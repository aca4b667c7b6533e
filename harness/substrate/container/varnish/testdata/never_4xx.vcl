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

sub vcl_backend_response {
    if (bereq.uncacheable) {
        return (deliver);
    }
    set beresp.grace = 0s;  # what is stale is not served
    if (beresp.status >= 400 && beresp.status < 500) {  # cache.never_4xx
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
