package httpx

import (
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// ClientConfig is what a function reads that calls providers or the order platform.
type ClientConfig struct {
	// RequestTimeout ends one call, its answer included.
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT, default=25s"`
}

// Validate checks the timeout.
func (c ClientConfig) Validate() error {
	var check config.Check
	check.Positive("REQUEST_TIMEOUT", c.RequestTimeout)
	return check.Err()
}

// idlePerHost keeps one connection per concurrent request of an instance (concurrency 80): with net/http's default of
// 2, nearly every send pays a TLS handshake, 1 ms of CPU.
const idlePerHost = 100

// Client returns the client for calls to providers and to the order platform. A whole call, body included, ends within
// timeout. Redirects are not followed: an answer with one is returned as it is, so that a credential never goes to
// another host and a POST never becomes a GET.
//
// It speaks HTTP/1.1 only. That costs less CPU than HTTP/2 (403 against 547 µs per notification), and a connection that
// breaks takes one send into doubt, not all that share it.
//
// It connects to public addresses only, and to those that an operator has configured, which are given as URLs.
func Client(timeout time.Duration, configured ...string) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)

	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:            newDialer(configured).dial,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  timeout,
			IdleConnTimeout:        30 * time.Second, // shorter than servers' own, so that a POST rarely meets a closed connection
			MaxIdleConnsPerHost:    idlePerHost,
			MaxResponseHeaderBytes: 64 << 10,
			Protocols:              protocols,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
