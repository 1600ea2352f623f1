package httpx_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

func TestClient(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/moved", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/protocol", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	srv := httptest.NewUnstartedServer(mux)
	srv.EnableHTTP2 = true
	srv.Start()
	t.Cleanup(srv.Close)
	client := httpx.Client(30*time.Second, srv.URL)
	get := func(client *http.Client, path string) (*http.Response, string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		return resp, string(body), err
	}
	if resp, _, err := get(client, "/moved"); err != nil || resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("redirect: got %v, %v, want the answer itself", resp, err)
	}
	if _, body, err := get(client, "/protocol"); err != nil || body != "HTTP/1.1" {
		t.Errorf("got %q, %v, want HTTP/1.1", body, err)
	}
	var timeout net.Error
	if _, _, err := get(httpx.Client(500*time.Millisecond, srv.URL), "/slow"); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok || transport.MaxIdleConnsPerHost < 80 {
		t.Errorf("got %T keeping %d connections a host, want at least 80", client.Transport, transport.MaxIdleConnsPerHost)
	}
}

// TestClientKeepsConnections makes more calls at once than net/http would keep, twice, and counts connections.
func TestClientKeepsConnections(t *testing.T) {
	t.Parallel()
	const callers = 20
	opened := make(chan struct{}, 10*callers)
	barrier := make(chan struct{}, callers)
	release := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		barrier <- struct{}{}
		<-release
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened <- struct{}{}
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	client := httpx.Client(10*time.Second, srv.URL)
	for range 2 {
		done := make(chan error, callers)
		for range callers {
			go func() { done <- get(t.Context(), client, srv.URL) }()
		}
		for range callers {
			<-barrier
		}
		for range callers {
			release <- struct{}{}
		}
		for range callers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	if n := len(opened); n != callers {
		t.Errorf("got %d connections for two rounds of %d calls, want %d", n, callers, callers)
	}
}

func get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
