package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

// transport carries a machine's calls of providers and of the order platform to the simulators, through the gate and through
// the plan's outages. There is no connection in between.
type transport struct{ machine *machine }

// RoundTrip makes one call.
func (t transport) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	m := t.machine
	w := m.world

	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}

	c := call{actor: m.actorOf(r.Context()), name: r.Method + " " + r.URL.Path, content: uint64(len(body))}
	if r.Method == http.MethodGet {
		c.actor = m.self // templates and the like are asked for once, for all who wait for them
	}

	c.n = c.actor.nth(c.name)
	through := m.enter(c, errBroken)
	if err = through.there(); err != nil {
		return nil, err
	}

	if strings.HasPrefix(r.URL.Path, "/webhook/") {
		answer, err = w.callWebhook(r.Context(), "heartbeat of "+c.actor.name, r.Method, r.URL.Path, r.Header, body)
	} else {
		if app, sends := w.sendsThrough(r.URL.Path, r.URL.RawQuery, body); sends {
			defer func() {
				status := 0
				if err == nil {
					status = answer.StatusCode
				}

				w.oracle.postEnds(c, app, status)
			}()
		}
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "template") {
			defer func() {
				if err != nil || answer.StatusCode == http.StatusBadGateway {
					w.oracle.askedInVain(c, r.URL.Path)
				}
			}()
		}

		answer, err = t.provider(r, c, body)
	}

	if err = through.back(err); err != nil {
		return nil, err
	}

	if err = r.Context().Err(); err != nil {
		return nil, err
	}

	return answer, nil
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}

	defer func() { _ = r.Body.Close() }()

	return io.ReadAll(r.Body)
}

// provider has a simulator take a request, or an outage.
func (t transport) provider(r *http.Request, c call, body []byte) (*http.Response, error) {
	w := t.machine.world

	if app, sends := w.sendsThrough(r.URL.Path, r.URL.RawQuery, body); sends {
		w.oracle.posting(c, app)
	}

	o, struck := w.outage(r.URL.Path, r.URL.RawQuery, body)
	if !struck {
		return w.simulate(r, c, body), nil
	}

	w.note("%s meets %s", c, o.Mode)

	var answer *http.Response

	switch o.Mode {
	case BadGatewaySends, HangsSends, ResetsSends:
		answer = w.simulate(r, c, body)
	case SendsLate:
		w.simulateLater(r, c, body, o.Wait)
	default:
	}
	if answer != nil && answer.StatusCode/100 != 2 {
		return answer, nil // nothing was done that an answer could be lost of
	}

	switch o.Mode {
	case BadGateway, BadGatewaySends:
		return answered(http.StatusBadGateway, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>"), nil
	case Hangs, HangsSends, SendsLate:
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	case Refuses:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case Throttles:
		w.oracle.asked(c, o.Wait)

		answer = answered(http.StatusTooManyRequests, "application/json", `{}`)
		answer.Header.Set("Retry-After", fmt.Sprint(int(o.Wait/time.Second)))

		return answer, nil
	case Unavailable:
		return answered(http.StatusServiceUnavailable, "application/json", `{}`), nil
	default:
		return nil, errBroken
	}
}

// simulate has the simulators answer a request, and takes note of what came of it.
func (w *World) simulate(r *http.Request, c call, body []byte) *http.Response {
	in := httptest.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, r.URL.RequestURI(), bytes.NewReader(body))
	in.Header = r.Header.Clone()

	before := w.sim.Log().AcceptedCount()

	spared := w.letFail(r, c, body)

	rec := httptest.NewRecorder()
	http.StripPrefix("/sim", w.sim.Handler()).ServeHTTP(rec, in)
	spared()

	if all := w.sim.Log().Accepted(); len(all) > before {
		for _, a := range all[before:] {
			w.oracle.accepted(c, a)
		}
	}

	w.collect()
	w.spellAnswer(r.URL.Path, rec)

	return rec.Result()
}

// simulateLater has the simulators answer a request when its client has given up.
func (w *World) simulateLater(r *http.Request, c call, body []byte, after time.Duration) {
	w.busy.add()
	w.running.Go(func() {
		defer w.busy.done()

		time.Sleep(after)

		_ = w.simulate(r, c, body).Body.Close() // nobody waits for the answer
	})
}

// answered returns an answer made up by whatever stands before a provider.
func answered(code int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// outside carries the callbacks of the simulators to a machine's webhook.
type outside struct{ world *World }

// RoundTrip posts one callback.
func (o outside) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}

	return o.world.callWebhook(r.Context(), o.world.callbackName(r.Context()), r.Method, r.URL.Path, r.Header, body)
}

var errUnheard = errors.New("the machine died over the request")

// callWebhook has a machine's webhook take a request.
func (w *World) callWebhook(ctx context.Context, name, method, path string, header http.Header, body []byte) (*http.Response, error) {
	if _, closed := w.closed(WebhookDown); closed {
		return answered(http.StatusServiceUnavailable, "text/plain", ""), nil
	}

	m := w.machine(name)
	by := m.actor(name)
	watched := by.watch()

	in := httptest.NewRequestWithContext(withActor(context.WithoutCancel(ctx), by), method, path, bytes.NewReader(body))
	in.Header = header.Clone()

	rec := httptest.NewRecorder()
	heard := m.serve(http.StripPrefix("/webhook", m.Webhook), rec, in, 10*time.Second)

	if (!heard || rec.Code/100 != 2) && !watched.excused() {
		w.oracle.find("%s: webhook answers %d, heard %v, although nothing stood in its way", name, rec.Code, heard)
	}
	if !heard {
		return nil, errUnheard
	}

	return rec.Result(), nil
}

// serve has a handler of the machine answer a request. It reports false if the machine dies over it or patience ends; then
// the handler goes on, unheard.
func (m *machine) serve(h http.Handler, rec *httptest.ResponseRecorder, r *http.Request, patience time.Duration) bool {
	if m.isDead() {
		return false
	}

	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan struct{})

	m.world.running.Go(func() {
		defer close(done)
		defer cancel()

		h.ServeHTTP(rec, r.WithContext(ctx))
	})

	// Not at the very moment at which the handler's own patience ends: what comes first would be chance.
	over := time.NewTimer(patience + 7*time.Millisecond)
	defer over.Stop()

	select {
	case <-done:
		return !m.isDead()
	case <-m.ended:
		return false
	case <-over.C:
		cancel()
		return false
	}
}

// outage returns the outage that a request meets, if any.
func (w *World) outage(path, query string, body []byte) (Outage, bool) {
	now := time.Since(w.began)
	for _, o := range w.plan.Outages {
		if now >= o.From && now < o.Until && w.concerns(o, path, query, body) {
			return o, true
		}
	}

	return Outage{}, false
}

// concerns reports whether a request is one that an outage is about.
func (w *World) concerns(o Outage, path, query string, body []byte) bool {
	if o.App < 0 {
		return strings.HasPrefix(path, "/sim/platform/") && strings.Contains(path, string(o.Route))
	}
	if o.All {
		return strings.HasPrefix(path, "/sim/"+w.plan.Apps[o.App].Provider+"/")
	}

	app, sends := w.sendsThrough(path, query, body)

	return sends && app == o.App
}

// sendsThrough returns the app through which a request sends a message; sends is false for all other requests.
func (w *World) sendsThrough(path, query string, body []byte) (app int, sends bool) {
	for i, a := range w.plan.Apps {
		if !strings.HasPrefix(path, "/sim/"+a.Provider+"/") {
			continue
		}
		if !strings.HasSuffix(path, "/template/msg") && !strings.HasSuffix(path, "/messages") && !strings.HasSuffix(path, "/marketing_messages") && a.Provider != businessonbot.Name {
			continue
		}

		key := w.vendor(i).key
		if strings.Contains(path, key) || strings.Contains(query, key) || bytes.Contains(body, []byte(key)) {
			return i, true
		}
	}

	return 0, false
}
