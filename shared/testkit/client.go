package testkit

import (
	"net/http"
	"time"
)

// Transport carries the requests of tests. [http.DefaultTransport] must not: all tests of the process share it, and whenever one closes an
// [net/http/httptest.Server], that ends its idle connections, and a request of another test fails that has just taken one.
var Transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}

// Client makes requests of tests by Transport.
var Client = &http.Client{Transport: Transport}
