package testkit

import "net/http"

// Transport carries the requests of tests. [http.DefaultTransport] must not: whenever a test closes an [net/http/httptest.Server], that ends the idle
// connections of all of them, and a request of another test fails that has just taken one.
var Transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 8}

// Client makes requests of tests by Transport.
var Client = &http.Client{Transport: Transport}
