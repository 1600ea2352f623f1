package webhook_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// The first is a token of the app at Gupshup, and the second nobody's. Nothing of theirs occurs anywhere else.
const (
	marked  = "QZMARKEDTOKENOFGUPSHUPAAAA"
	nobodys = "QZMARKEDTOKENOFNOBODYBBBBB"
	mark    = "QZMARKED"
)

// withMarked is a world whose app at Gupshup has the marked token too.
func withMarked(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.must(testkit.Store(t, w.cloud).PutWebhook(t.Context(), marked, store.Webhook{Provider: gupshup.Name, AppID: "gupshup-neem", AccountID: "811"}))
	return w
}

// unseen fails if the mark is where others can see it: in a log line, or in what was published.
func (w *world) unseen(what string) {
	w.Helper()
	for line := range strings.Lines(w.logs.String()) {
		if strings.Contains(strings.ToUpper(line), mark) {
			w.Errorf("%s: the token is in the log: %s", what, line)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.published {
		if text := fmt.Sprint(m.GetAttributes(), m.GetOrderingKey()) + string(m.GetData()); strings.Contains(strings.ToUpper(text), mark) {
			w.Errorf("%s: the token is published: %s", what, text)
		}
	}
	w.published = nil
}

// TestTokenReachesNoLog holds that the token, the only secret of Gupshup's webhook, is neither in a log line nor in an answer, an
// event or a name that Firestore is asked by, whatever is requested by whichever path and whatever fails.
func TestTokenReachesNoLog(t *testing.T) {
	t.Parallel()
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", marked}
	bodies := map[string][]byte{
		"status":  fixture(t, "gupshup/webhook/delivered.json"),
		"account": fixture(t, "gupshup/webhook/account_disabled.json"),
		"raw":     []byte(`["weather"]`),
		"no_json": []byte(`{"a":`),
		"empty":   nil,
		"large":   bytes.Repeat([]byte(" "), httpx.MaxWebhookBody+1),
	}
	paths := func(token string) []string {
		return []string{
			"/gupshup/" + token, "/gupshup/" + token + "/", "/gupshup/" + token + "/more", "//gupshup//" + token, "/" + token, "/" + token + "/gupshup",
			"/gupshup/" + token + "?token=" + token, "/gupshup?token=" + token, "/meta/" + token + "?hub.mode=subscribe&hub.verify_token=" + token,
			"/kaleyra/" + token + "?a=" + token, "/courier/" + token, "/gupshup/" + strings.ToLower(token), "/gupshup/%51" + token[1:],
			"/gupshup/" + token + "%2Fmore", "/gupshup/" + token + "%00", "/gupshup/" + token + "%FF", "/gupshup/" + token + ";a=b",
			"/gupshup/" + strings.Repeat(token, 5), "/gupshup/" + strings.Repeat(token, 5_000), "/heartbeat/" + token, "/heartbeat?" + token,
		}
	}
	states := map[string]cloud.Rule{
		"well":           {},
		"token_not_read": {Method: "BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.PermissionDenied},
		"not_published":  {Method: "Publisher/Publish", Mode: cloud.FailBefore, Code: codes.PermissionDenied},
	}
	for state, rule := range states {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := withMarked(t)
			w.cloud.Calls().Trace(true)
			if rule.Method != "" {
				_, err := w.cloud.Rules().Add(rule)
				w.must(err)
			}
			for _, path := range append(paths(marked), paths(nobodys)...) {
				for _, method := range methods {
					for name, body := range bodies {
						if name == "large" && method != http.MethodPost {
							continue
						}
						what := fmt.Sprintf("%s %.80s with %s", method, path, name)
						r := httptest.NewRequestWithContext(t.Context(), method, "/", bytes.NewReader(body))
						u, err := url.Parse(path)
						w.must(err)
						r.URL, r.RequestURI = u, path
						for _, header := range []string{"Referer", "User-Agent", "X-Original-Url", "Traceparent", "X-Cloud-Trace-Context", "Content-Type", "X-Forwarded-For"} {
							r.Header.Set(header, "https://hooks.example.com"+path[:min(len(path), 500)])
						}
						got := testkit.Serve(w.handler, r)
						if answer := fmt.Sprint(got); strings.Contains(strings.ToUpper(answer), mark) {
							t.Errorf("%s: the answer has the token: %.300s", what, answer)
						}
					}
				}
			}
			w.unseen(state)
			if !strings.Contains(w.logs.String(), `"status":404`) || !strings.Contains(w.logs.String(), `"status":405`) {
				t.Error("the log has no line of a 404 or of a 405")
			}
			for _, c := range w.cloud.Calls().Calls() {
				if text := fmt.Sprint(c.Names); strings.Contains(strings.ToUpper(text), mark) {
					t.Errorf("the token is a name in %s: %s", c.Method, text)
				}
			}
		})
	}
}

// TestTokenReachesNoServersLog sends over a connection what is not HTTP, or more than a server reads: its own log shows no token.
func TestTokenReachesNoServersLog(t *testing.T) {
	t.Parallel()
	w := withMarked(t)
	var serverLog testkit.Log
	srv := httptest.NewUnstartedServer(w.handler)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(&serverLog, nil), slog.LevelError)
	srv.Start()
	defer srv.Close()

	path := "/gupshup/" + marked
	for _, request := range []string{
		"POST " + path + " HTTP/9.9\r\n\r\n",
		"POST " + path + "\r\n\r\n",
		"POST " + path + " HTTP/1.1\r\n\r\n", // no host
		"POST " + path + " HTTP/1.1\r\nHost: a.test\r\nContent-Length: -1\r\n\r\n",
		"POST " + path + "%zz HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"POST " + path + " HTTP/1.1\r\nHost: a.test\r\n" + marked + "\r\n\r\n",
		"POST " + path + strings.Repeat(marked, 60_000) + " HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"POST " + path + " HTTP/1.1\r\nHost: a.test\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{",
	} {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
		w.must(err)
		_, _ = conn.Write([]byte(request)) // the server may answer before it has read all
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.CloseWrite() // the same
		}
		answer, _ := io.ReadAll(conn)
		if strings.Contains(string(answer), mark) {
			t.Errorf("%.60q: got %s", request, answer)
		}
		w.must(conn.Close())
	}
	srv.Close()
	w.unseen("over a connection")
	if text := serverLog.String(); strings.Contains(text, mark) {
		t.Errorf("the server's log: %s", text)
	}
}

// TestTokenIsReplaced adds a token and ends the old one: callbacks come through at any moment, and an ended token is answered as
// one that never was.
func TestTokenIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := gupshup.Name + "-" + token
	db := testkit.Store(t, w.cloud)
	post := func(token string) testkit.Answer {
		t.Helper()
		return w.do(call{provider: gupshup.Name, token: token, body: fixture(t, "gupshup/webhook/delivered.json")})
	}
	want := func(when, token string, status int) {
		t.Helper()
		if got := post(token); got.Status != status {
			t.Errorf("%s: got %d, want %d", when, got.Status, status)
		}
	}

	want("before it is added", marked, http.StatusNotFound)
	want("before", old, http.StatusOK)
	tokens, err := db.WebhookTokens(t.Context(), "gupshup-neem")
	w.must(err)
	if len(tokens) != 1 {
		t.Fatalf("got %d tokens, want one", len(tokens))
	}

	w.must(db.PutWebhook(t.Context(), marked, tokens[0].Webhook))
	want("added", marked, http.StatusOK)
	want("beside the new one", old, http.StatusOK)

	w.must(db.EndWebhookToken(t.Context(), tokens[0].ID))
	w.clock.Advance(30*time.Second - 1)
	want("ended, and known to the instance", old, http.StatusOK)
	w.clock.Advance(1)
	if got, never := post(old), post(nobodys); got.Status != http.StatusNotFound || got.Body != never.Body {
		t.Errorf("ended: got %d %s, want what one that never was gets: %d %s", got.Status, got.Body, never.Status, never.Body)
	}
	want("after the old one's end", marked, http.StatusOK)
	if got := len(w.kinds()); got != 5 {
		t.Errorf("%d callbacks came through, want 5", got)
	}
}
