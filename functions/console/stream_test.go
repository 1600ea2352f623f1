package console_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// person is somebody who is signed in, without a browser; nobody without a cookie.
type person struct {
	t      *testing.T
	w      *live.World
	cookie string
}

// ask makes a request, which a page of the console makes.
func (p *person) ask(ctx context.Context, path string) *http.Response {
	p.t.Helper()
	answer, err := p.request(ctx, path, nil)
	p.w.Must(err)

	return answer
}

// request makes a request as ask does, with a header, for a goroutine that is not the test's: such a one may not end the test.
func (p *person) request(ctx context.Context, path string, header map[string]string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.w.URL+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/html")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	if p.cookie != "" {
		req.Header.Set("Cookie", p.cookie)
	}

	return testkit.Transport.RoundTrip(req)
}

// page returns the text of a page.
func (p *person) page(path string) string {
	p.t.Helper()
	answer := p.ask(p.t.Context(), path)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	p.w.Must(err)
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d", path, answer.StatusCode)
	}

	return string(text)
}

// regionOf returns the live region of a page.
func regionOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, `<div id="live"`)
	_, rest, _ = strings.Cut(rest, ">")
	rest, _, ok := strings.Cut(rest, "</main>")
	if !ok {
		t.Fatalf("the page has no live region:\n%s", page)
	}

	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "</div>"))
}

// told publishes the sample of an event.
func told(t *testing.T, w *live.World, name string) {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/" + name + ".json")
	w.Must(err)
	if code, answer := w.Do(http.MethodPost, "/local/events", data); code/100 != 2 {
		t.Fatalf("publish: %d %s", code, answer)
	}
}

// watched is what a page has of a stream: the last whole event.
type watched struct{ id, region string }

// reads takes events of a stream until it ends or is cut.
func (s *watched) reads(body io.Reader) {
	var id string
	var data []string
	for lines := bufio.NewScanner(body); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "":
			if data != nil {
				s.id, s.region = id, strings.TrimSpace(strings.Join(data, "\n"))
			}
			data = nil
		case strings.HasPrefix(line, "id: "):
			id = line[len("id: "):]
		case strings.HasPrefix(line, "data: "):
			data = append(data, line[len("data: "):])
		}
	}
}

// TestAStreamThatIsCutLosesNothing cuts the stream of an order at random points while an event of it is told, and takes it up again each time.
// In the end the page shows what a fresh one shows.
func TestAStreamThatIsCutLosesNothing(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Gupshup: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true, AutoRead: true}}})
	subscribe := `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`
	told(t, w, "shipment-created")
	w.Rest()
	if code, answer := w.Do(http.MethodPost, "/_ah/api/esb/v2/order/51230077", []byte(subscribe)); code != http.StatusOK {
		t.Fatal(answer)
	}
	p := &person{t, w, signIn(t, w, "viewer:811")}
	const path = "/accounts/811/orders/51230077"
	draw := rand.New(rand.NewPCG(18, 5))

	var s watched
	connect := func(ctx context.Context, limit int64) error {
		answer, err := p.request(ctx, path+"/stream", map[string]string{"Last-Event-ID": s.id, "Accept": "text/html, text/event-stream"})
		if err != nil && ctx.Err() != nil {
			return nil // it was cut before there was an answer
		}
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
			return fmt.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
		}
		s.reads(io.LimitReader(answer.Body, limit))

		return nil
	}

	happen := []func(){func() { told(t, w, "shipment-failed_delivery") }}
	for range 4 {
		happen = append(happen, func() { w.Must(w.Simulator.Outbox().ReleaseAll(t.Context())) })
	}
	for _, something := range happen {
		ctx, cut := context.WithTimeout(t.Context(), time.Duration(50+draw.IntN(400))*time.Millisecond)
		done := make(chan error, 1)
		go func() { done <- connect(ctx, int64(draw.IntN(20_000))) }()
		something()
		w.Rest()
		w.Must(<-done)
		cut()
	}

	fresh := regionOf(t, p.page(path))
	for tries := 0; s.region != fresh && tries < 20; tries++ {
		brief, end := context.WithTimeout(t.Context(), time.Second)
		w.Must(connect(brief, 1<<20))
		end()
	}
	if diff := cmp.Diff(strings.Split(fresh, "\n"), strings.Split(s.region, "\n")); diff != "" {
		t.Errorf("(-fresh +watched):\n%s", diff)
	}
	if !strings.Contains(s.region, "Reported: read") {
		t.Error("not all of it was told")
	}

	// What the page has is not sent again.
	known := s
	brief, end := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer end()
	s.region = "nothing was sent"
	w.Must(connect(brief, 1<<20))
	if s.region != "nothing was sent" || s.id != known.id {
		t.Errorf("a state that the page has was sent again")
	}
}

// TestStreamsNeedSomebody holds that a stream is of nobody who is not signed in, and of no other brand.
func TestStreamsNeedSomebody(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	stranger, nobody := &person{t, w, signIn(t, w, "editor:812")}, &person{t: t, w: w}
	for path, status := range map[string]int{
		"/accounts/811/stream":                 http.StatusForbidden,
		"/accounts/811/orders/51230077/stream": http.StatusForbidden,
		"/accounts/812/orders/404/stream":      http.StatusNotFound,
	} {
		answer := stranger.ask(t.Context(), path)
		_ = answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%s: got %d, want %d", path, answer.StatusCode, status)
		}
		answer = nobody.ask(t.Context(), path)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s for nobody: got %d", path, answer.StatusCode)
		}
	}
}

// TestStreamsAreBounded holds that a person has a few streams of an instance, that all have fewer than the instance serves requests, that a place
// is free again once a stream ends, and that all end with the instance.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONCURRENCY": "16", "APP_CONCURRENCY": "1"}})
	viewer, editor := &person{t, w, signIn(t, w, "viewer:811")}, &person{t, w, signIn(t, w, "editor:811")}
	var ends []io.Closer
	opens := func(p *person, want int) {
		t.Helper()
		answer := p.ask(t.Context(), "/accounts/811/stream")
		ends = append(ends, answer.Body)
		if answer.StatusCode != want {
			t.Fatalf("stream %d: got %d, want %d", len(ends), answer.StatusCode, want)
		}
	}
	for range 6 {
		opens(viewer, http.StatusOK)
	}
	opens(viewer, http.StatusTooManyRequests) // a person has six
	opens(editor, http.StatusOK)
	opens(editor, http.StatusOK)
	opens(editor, http.StatusTooManyRequests) // all have half of 16
	viewer.page("/accounts/811")

	_ = ends[0].Close()
	for tries := 0; ; tries++ { // the server learns of it soon
		answer := editor.ask(t.Context(), "/accounts/811/stream")
		ends = append(ends, answer.Body)
		if answer.StatusCode == http.StatusOK {
			break
		}
		if tries == 1000 {
			t.Fatal("the place of a stream that ended is not free")
		}
	}
	w.Must(w.Close(t.Context())) // it waits for ten seconds for what does not end, and then is an error
	for _, e := range ends {
		_ = e.Close()
	}
}

// TestStreamsEnd holds that a stream ends by itself once it has lasted for as long as is configured.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_STREAM": "100ms"}})
	p := &person{t, w, signIn(t, w, "viewer:811")}
	ctx, cut := context.WithTimeout(t.Context(), 30*time.Second)
	defer cut()
	answer := p.ask(ctx, "/accounts/811/stream")
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Errorf("the stream did not end: %v", err)
	}
}

// TestHomeCountsAllThatWaits holds that an open first page tells of a message that becomes held, however old that is.
func TestHomeCountsAllThatWaits(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_REFRESH": "50ms"}})
	put := func(n int, phase message.Phase) {
		_, err := w.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
			ID: fmt.Sprintf("%032x", n), AccountID: "811", OrderID: "5", Event: "shipment/packed", Phase: phase, Reason: message.NotOptedIn,
			CreatedAt: w.Clock.Now().Add(-time.Duration(n) * time.Hour), ExpireAt: w.Clock.Now().AddDate(1, 0, 0), Due: w.Clock.Now().Add(time.Hour),
		}})
		w.Must(err)
	}
	for n := range 10 {
		put(n, message.Refused)
	}
	p := &person{t, w, signIn(t, w, "viewer:811")}
	ctx, cut := context.WithTimeout(t.Context(), 30*time.Second)
	defer cut()
	answer := p.ask(ctx, "/accounts/811/stream")
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	reads := func(words string) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), words) {
				return
			}
		}
		t.Fatalf("nobody tells of %q", words)
	}
	reads("none")
	put(20, message.Held)
	reads("20 hours")
}
