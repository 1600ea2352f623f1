package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

const loopback = "127.0.0.1"

// limits are how long a connection may be open without a whole request on it.
type limits struct {
	// header is the time for a request's header, from its first byte or from the connection's begin.
	header time.Duration
	// idle is the time between two requests.
	idle time.Duration
}

// serveFunction serves the function that FUNCTION_TARGET names through the functions framework, until the process ends.
//
// The framework's server gives a caller any time to send a request's header, and lets nobody change that. Deployed, Google's
// front end stands before it, which calls the function with whole headers only. Here a front of our own does.
func serveFunction(port int) error {
	inner, err := freePort()
	if err != nil {
		return err
	}

	ended := make(chan error, 2)
	go func() { ended <- funcframework.StartHostPort(loopback, strconv.Itoa(inner)) }()
	go func() {
		target := url.URL{Scheme: "http", Host: address(inner)}
		ended <- front(&target, limits{header: 10 * time.Second, idle: 2 * time.Minute}, address(port)).ListenAndServe()
	}()

	return <-ended
}

// front is a server at the address that hands whole requests on to target, and closes connections that keep it waiting
// longer than the limits. Bodies are handed on as they come: the function limits the time for those itself.
func front(target *url.URL, l limits, addr string) *http.Server {
	transport := &http.Transport{
		DialContext:         dialStarting,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
	}

	return &http.Server{
		Addr: addr,
		Handler: &httputil.ReverseProxy{
			Transport: transport,
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.Out.Host = r.In.Host
				r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
				r.SetXForwarded()
			},
		},
		ReadHeaderTimeout: l.header,
		IdleTimeout:       l.idle,
	}
}

// dialStarting connects to a server of this process that may not listen yet.
func dialStarting(ctx context.Context, network, addr string) (net.Conn, error) {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err == nil || ctx.Err() != nil {
			return conn, err
		}

		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// freePort returns a port of this machine that nobody listens on.
func freePort() (int, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", address(0))
	if err != nil {
		return 0, err
	}

	addr, ok := l.Addr().(*net.TCPAddr)
	if err = l.Close(); err != nil {
		return 0, err
	}
	if !ok {
		return 0, errors.New("a TCP listener without a port")
	}

	return addr.Port, nil
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
