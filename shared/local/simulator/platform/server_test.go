package platform_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
)

const (
	orderPath = "/platform/_ah/api/esb/v2/order/"
	ndrPath   = "/platform/api/v2/ndrResolution"
	// The odd spelling is on purpose: not a byte may change.
	orderJSON = "{ \"z\":1000.0,\"customerOrderNumber\": \"NC-20417\", \"orderId\":\"51230077\",\n" +
		`"shippingAddress":{"contactPhone":"9000000001"},"items":[{"latestStatus":"failed_delivery","forwardTrackingTimeline":{"trackingID":"DL1"},` +
		`"ndrDetails":{"resolutions":[{"resolutionCode":"ACTF001"},{"resolutionCode":"ACTF002"},{"resolutionCode":"ACTF003"},{"resolutionCode":"ACTF004"}]}}] }`
)

var start = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)

// world is a simulator behind real HTTP, whose order platform is tested.
type world struct {
	*simulator.Simulator
	t   *testing.T
	url string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	sim := simulator.New(simulator.Options{Clock: clock.NewManual(start), Seed: 7})
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(sim.Close)
	return &world{Simulator: sim, t: t, url: srv.URL}
}

func (w *world) fault(f simulator.Fault) {
	w.t.Helper()
	if _, err := w.Faults().Add(f); err != nil {
		w.t.Fatalf("Add: %v", err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("answer %q is no JSON: %v", a.body, err)
	}
	v, _ := m[name].(string)
	return v
}

func (w *world) bearer(method, path, token, contentType, body string) (answer, error) {
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := (&http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(raw)}, err
}

func TestOrderIsServedByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Platform().PutOrder("51230077", []byte(orderJSON))
	a, err := w.bearer("GET", orderPath+"51230077", "", "", "")
	if err != nil || a.status != http.StatusOK || a.body != orderJSON || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %q %v", a.status, a.body, err)
	}
	w.Platform().PutOrder("1", []byte("no json"))
	if a, err = w.bearer("GET", orderPath+"1", "", "", ""); err != nil || a.body != "no json" {
		t.Errorf("an order that is no JSON: got %q %v", a.body, err)
	}
	w.Platform().RemoveOrder("51230077")
	for _, id := range []string{"51230077", "2"} {
		a, err = w.bearer("GET", orderPath+id, "", "", "")
		if err != nil || a.status != http.StatusNotFound || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("order %s: got %d %s %v, want a 404 problem", id, a.status, a.body, err)
		}
	}
	if a, err = w.bearer("POST", orderPath+"1", "", "", ""); err != nil || a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d %v, want 405", a.status, err)
	}
}

func TestOrderToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Platform().PutOrder("1", []byte(orderJSON))
	w.Platform().SetToken("abc")
	for token, want := range map[string]int{"": 401, "Bearer x": 401, "abc": 401, "Bearer abc": 200} {
		if a, err := w.bearer("GET", orderPath+"1", token, "", ""); err != nil || a.status != want {
			t.Errorf("%q: got %d %v, want %d", token, a.status, err, want)
		}
	}
}

func TestOrderFaults(t *testing.T) {
	t.Parallel()
	for mode, want := range map[chaos.Mode]int{
		chaos.Unavailable: 503, chaos.Malformed: 200, chaos.HTML502Before: 502, chaos.Throttle: 429, chaos.WrongCredentials: 401,
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Platform().PutOrder("1", []byte(orderJSON))
			w.fault(simulator.Fault{System: "platform", Mode: mode})
			a, err := w.bearer("GET", orderPath+"1", "", "", "")
			if err != nil || a.status != want {
				t.Errorf("got %d %v, want %d", a.status, err, want)
			}
			if mode == chaos.Malformed && json.Valid([]byte(a.body)) {
				t.Errorf("got valid JSON %s", a.body)
			}
			if a, err := w.bearer("GET", "/gupshup/nowhere", "", "", ""); err != nil || a.status != http.StatusNotFound {
				t.Errorf("Gupshup: got %d %v, want its own 404, untouched by the platform's fault", a.status, err)
			}
		})
	}
	t.Run("truncated", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.Platform().PutOrder("1", []byte(orderJSON))
		w.fault(simulator.Fault{System: "platform", Mode: chaos.Truncated})
		if _, err := w.bearer("GET", orderPath+"1", "", "", ""); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v, want a body cut short", err)
		}
	})
}

const goodNDR = `{"customerOrderNumber":"NC-20417","resolutionCode":"ACTF001","trackingId":"DL1","contactPhoneNumber":"9000000001","actionSource":"whatsapp"}`

func TestResolution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Platform().PutOrder("51230077", []byte(orderJSON))
	var heard []platform.Resolution
	w.Platform().OnResolution(func(r platform.Resolution) { heard = append(heard, r) })
	for range 2 {
		if a, err := w.bearer("POST", ndrPath, "Bearer any", "application/json", goodNDR); err != nil || a.status != http.StatusOK {
			t.Fatalf("got %d %s %v", a.status, a.body, err)
		}
	}
	got := w.Platform().Resolutions()
	if len(got) != 2 || got[0].Repeat || !got[1].Repeat || got[0].ID == got[1].ID {
		t.Errorf("resolutions: got %+v, want one and its repeat", got)
	}
	want := platform.Request{
		CustomerOrderNumber: "NC-20417", ResolutionCode: "ACTF001", TrackingID: "DL1", ContactPhoneNumber: "9000000001",
		ActionSource: "whatsapp",
	}
	if diff := cmp.Diff(want, got[0].Request); diff != "" || !got[0].At.Equal(start) {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if len(heard) != 1 || heard[0].ID != got[0].ID {
		t.Errorf("heard %+v, want the first only", heard)
	}
}

func TestResolutionRules(t *testing.T) {
	t.Parallel()
	edit := func(pairs ...string) string {
		return strings.NewReplacer(pairs...).Replace(goodNDR)
	}
	add := func(fields string) string { return strings.TrimSuffix(goodNDR, "}") + "," + fields + "}" }
	for name, tc := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"date":             {edit(`ACTF001"`, `ACTF002","deferredDate":"2026-11-25"`), 200, ""},
		"cancel":           {edit("ACTF001", "ACTF003"), 200, ""},
		"dispute":          {edit("ACTF001", "ACTF004"), 200, ""},
		"shipping_details": {add(`"shippingDetails":{"updatedAddress":"1 Example Road","landmark":"Well"}`), 200, ""},
		"no_order_number":  {edit(`"NC-20417"`, `""`), 400, "customerOrderNumber is required"},
		"no_code":          {edit(`"ACTF001"`, `""`), 400, "resolutionCode is required"},
		"no_tracking":      {edit(`"DL1"`, `""`), 400, "trackingId is required"},
		"no_phone":         {edit(`"9000000001"`, `""`), 400, "contactPhoneNumber is required"},
		"unknown_code":     {edit("ACTF001", "ACTF005"), 400, "resolutionCode is unknown"},
		"unknown_order":    {edit("NC-20417", "NC-1"), 404, "customerOrderNumber names no order"},
		"other_phone":      {edit("9000000001", "9000000002"), 400, "contactPhoneNumber is not the number on the order"},
		"other_tracking":   {edit("DL1", "DL2"), 400, "trackingId is not one of the order"},
		"date_missing":     {edit("ACTF001", "ACTF002"), 400, "deferredDate must be yyyy-mm-dd"},
		"date_old_style":   {edit(`ACTF001"`, `ACTF002","deferredDate":"25-11-2026"`), 400, "deferredDate must be yyyy-mm-dd"},
		"date_impossible":  {edit(`ACTF001"`, `ACTF002","deferredDate":"2026-02-30"`), 400, "deferredDate must be yyyy-mm-dd"},
		"date_elsewhere":   {add(`"deferredDate":"2026-11-25"`), 400, "deferredDate goes with ACTF002 only"},
		"details_and_date": {edit(`ACTF001"`, `ACTF002","deferredDate":"2026-11-25","shippingDetails":{}`), 400, "shippingDetails do not go with ACTF002"},
		"unknown_key":      {add(`"tracking_id":"DL1"`), 400, "the body is no JSON object with the documented keys"},
		"no_json":          {"x", 400, "the body is no JSON object with the documented keys"},
		"two_values":       {goodNDR + "{}", 400, "the body holds more than one JSON value"},
		"number":           {edit(`"9000000001"`, `9000000001`), 400, "the body is no JSON object with the documented keys"},
		"too_large":        {`{"remarks":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "the body is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Platform().PutOrder("51230077", []byte(orderJSON))
			a, err := w.bearer("POST", ndrPath, "Bearer t", "application/json", tc.body)
			if err != nil || a.status != tc.status {
				t.Fatalf("got %d %s %v, want %d", a.status, a.body, err, tc.status)
			}
			if tc.detail != "" && a.field(t, "detail") != tc.detail {
				t.Errorf("detail: got %s, want %q", a.body, tc.detail)
			}
			if got := len(w.Platform().Resolutions()); (got == 1) != (tc.status == http.StatusOK) {
				t.Errorf("resolutions: got %d", got)
			}
		})
	}
	for name, tc := range map[string]struct {
		token, contentType string
		status             int
	}{
		"no_token":     {"", "application/json", 401},
		"empty_token":  {"Bearer ", "application/json", 401},
		"basic":        {"Basic abc", "application/json", 401},
		"other_token":  {"Bearer x", "application/json", 401},
		"content_type": {"Bearer abc", "text/plain", 415},
		"no_type":      {"Bearer abc", "", 415},
		"charset":      {"Bearer abc", "application/json; charset=utf-8", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Platform().PutOrder("51230077", []byte(orderJSON))
			w.Platform().SetToken("abc")
			if a, err := w.bearer("POST", ndrPath, tc.token, tc.contentType, goodNDR); err != nil || a.status != tc.status {
				t.Errorf("got %d %s %v, want %d", a.status, a.body, err, tc.status)
			}
		})
	}
}

// An answer lost after the resolution was taken is the reason for repeats.
func TestResolutionTakenAndAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Platform().PutOrder("51230077", []byte(orderJSON))
	w.fault(simulator.Fault{System: "platform", Mode: chaos.ResetAfter, Times: 1})
	if a, err := w.bearer("POST", ndrPath, "Bearer t", "application/json", goodNDR); err == nil {
		t.Errorf("got %d, want a broken connection", a.status)
	}
	if a, err := w.bearer("POST", ndrPath, "Bearer t", "application/json", goodNDR); err != nil || a.status != http.StatusOK {
		t.Errorf("again: got %d %v", a.status, err)
	}
	if got := w.Platform().Resolutions(); len(got) != 2 || !got[1].Repeat {
		t.Errorf("got %+v, want one and its repeat", got)
	}
}
