package witness_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	for keep, want := range map[int][]string{
		0: {"0", "1", "2", "3", "4", "5", "6"}, 1: {"6"}, 3: {"4", "5", "6"}, 7: {"0", "1", "2", "3", "4", "5", "6"},
	} {
		l := witness.New(keep)
		for i := range 7 {
			l.Accept(witness.Accepted{MessageID: strconv.Itoa(i)})
			l.Deliver(witness.Delivery{MessageID: strconv.Itoa(i)})
		}
		var accepted, delivered []string
		for _, a := range l.Accepted() {
			accepted = append(accepted, a.MessageID)
		}
		for _, d := range l.Deliveries() {
			delivered = append(delivered, d.MessageID)
		}
		if diff := cmp.Diff(want, accepted); diff != "" {
			t.Errorf("keep %d, accepted (-want +got):\n%s", keep, diff)
		}
		if diff := cmp.Diff(want, delivered); diff != "" {
			t.Errorf("keep %d, deliveries (-want +got):\n%s", keep, diff)
		}
		if l.AcceptedCount() != 7 {
			t.Errorf("keep %d: count %d, want 7", keep, l.AcceptedCount())
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	l := witness.New(0)
	var hanging []witness.Request
	var ids []uint64
	h := l.Wrap(func() time.Time { return now }, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hanging = l.Requests()
		ids = append(ids, witness.RequestID(r.Context()))
		if r.URL.Path == "/teapot" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = w.Write([]byte("x"))
	}))
	for _, path := range []string{"/teapot?secret=1", "/plain/x"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	want := []witness.Request{
		{ID: 1, At: now, System: "teapot", Method: "GET", Path: "/teapot", Status: http.StatusTeapot},
		{ID: 2, At: now, System: "plain", Method: "GET", Path: "/plain/x", Status: http.StatusOK, AnswerType: "text/plain; charset=utf-8", Answer: "x"},
	}
	if diff := cmp.Diff(want, l.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if hanging[1].Status != 0 {
		t.Errorf("a request under way has status %d, want 0", hanging[1].Status)
	}
	if diff := cmp.Diff([]uint64{1, 2}, ids); diff != "" {
		t.Errorf("ids in the context (-want +got):\n%s", diff)
	}
	if witness.RequestID(t.Context()) != 0 {
		t.Error("an id outside of a request")
	}
}
