package meter_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	client "cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

// rig is a meter with a client of Firestore whose calls it sees.
type rig struct {
	t     *testing.T
	meter *meter.Meter
	cloud *cloud.Cloud
	db    *client.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	local, err := cloud.Start(t.Context(), cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := meter.New(clock.Real{})
	if err != nil {
		t.Fatal(err)
	}
	local.Firestore().OnCharge(m.Charge)
	db, err := client.NewClient(t.Context(), "local", local.ClientOptions(m.DialOptions()...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Close()
		_ = local.Close()
	})

	return &rig{t, m, local, db}
}

// invoke makes an invocation of a function that does something.
func (r *rig) invoke(function string, do func(*http.Request) error) {
	r.t.Helper()
	h := r.meter.Wrap(function, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		if err := do(q); err != nil {
			r.t.Error(err)
		}
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", http.NoBody))
}

// of is the cost of a function's invocations that touched a document; empty is any.
func (r *rig) of(function, document string) meter.Cost {
	return r.meter.Costs(func(i *meter.Invocation) bool {
		return document == "" || i.Touched(func(d string) bool { return d == document })
	})[function]
}

// TestChargesGoToTheirInvocation has invocations at the same time read, miss, write, delete and query, and somebody beside them.
func TestChargesGoToTheirInvocation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var together sync.WaitGroup
	for n := range 8 {
		together.Go(func() {
			doc := r.db.Doc(fmt.Sprintf("messages/%d", n))
			r.invoke("notify", func(q *http.Request) error {
				_, err := r.db.GetAll(q.Context(), []*client.DocumentRef{doc, r.db.Doc("orders/1")})
				if err == nil {
					_, err = doc.Set(q.Context(), map[string]any{"n": n})
				}
				return err
			})
		})
	}
	together.Wait()
	if _, err := r.db.Doc("messages/3").Get(t.Context()); err != nil { // no invocation's
		t.Error(err)
	}
	r.invoke("sweep", func(q *http.Request) error {
		_, err := r.db.Collection("messages").Documents(q.Context()).GetAll()
		return err
	})
	r.invoke("sweep", func(q *http.Request) error { _, err := r.db.Doc("messages/3").Delete(q.Context()); return err })
	r.invoke("webhook", func(*http.Request) error { return nil })

	const request, read, write, deletion = 400, 375, 1125, 125 // nano-dollars in Mumbai
	for name, c := range map[string]struct{ got, want meter.Cost }{
		"one":     {r.of("notify", "messages/3"), meter.Cost{Invocations: 1, Reads: 2, Writes: 1, NanoDollars: request + 2*read + write}},
		"missed":  {r.of("notify", "orders/1"), meter.Cost{Invocations: 8, Reads: 16, Writes: 8, NanoDollars: 8 * (request + 2*read + write)}},
		"queried": {r.of("sweep", "messages/4"), meter.Cost{Invocations: 1, Reads: 8, NanoDollars: request + 8*read}},
		"deleted": {r.of("sweep", "messages/3"), meter.Cost{Invocations: 2, Reads: 8, Deletes: 1, NanoDollars: 2*request + 8*read + deletion}},
		"idle":    {r.of("webhook", ""), meter.Cost{Invocations: 1, NanoDollars: request}},
		"none":    {r.of("notify", "messages/9"), meter.Cost{}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(r.cloud.Firestore().Counts(), r.meter.Total()); diff != "" {
		t.Errorf("in all (-billed +metered):\n%s", diff)
	}
}

// TestOldInvocationsAreForgotten has more invocations than are remembered, and one that touches more documents.
func TestOldInvocationsAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var late *http.Request
	r.invoke("first", func(q *http.Request) error {
		late = q
		_, err := r.db.Doc("a/1").Set(q.Context(), map[string]any{"n": 1})
		return err
	})
	for range 9_999 {
		r.invoke("other", func(*http.Request) error { return nil })
	}
	if got := r.of("first", "a/1").Writes; got != 1 {
		t.Errorf("the oldest of 10,000 has %d writes, want 1", got)
	}
	r.invoke("many", func(q *http.Request) error {
		var refs []*client.DocumentRef
		for n := range 300 {
			refs = append(refs, r.db.Doc(fmt.Sprintf("many/%03d", n)))
		}
		_, err := r.db.GetAll(q.Context(), refs)
		return err
	})
	if got := r.of("first", ""); got != (meter.Cost{}) {
		t.Errorf("got %+v of an invocation that 10,000 came after, want it forgotten", got)
	}
	if _, err := r.db.Doc("a/1").Set(late.Context(), map[string]any{"n": 2}); err != nil {
		t.Fatal(err)
	}
	touched := 0
	r.meter.Costs(func(i *meter.Invocation) bool {
		i.Touched(func(d string) bool {
			if strings.HasPrefix(d, "many/") {
				touched++
			}
			return false
		})
		return false
	})
	if got := r.of("many", ""); got.Reads != 300 || touched != 200 {
		t.Errorf("got %d reads and %d documents, want all reads and the first 200 documents", got.Reads, touched)
	}
	if got, want := r.meter.Total(), (firestore.Counts{Reads: 300, Writes: 2}); got != want {
		t.Errorf("got %+v in all, want %+v", got, want)
	}
}

// TestForgottenInvocationIsNotCharged has an invocation last until it is forgotten: what it does then is not its successor's.
func TestForgottenInvocationIsNotCharged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.invoke("slow", func(q *http.Request) error {
		for range meter.Kept {
			r.invoke("quick", func(*http.Request) error { return nil })
		}
		_, err := r.db.Doc("orders/1").Set(q.Context(), map[string]any{"n": 1})
		return err
	})
	if got := r.of("quick", ""); got.Writes != 0 || got.Invocations != meter.Kept {
		t.Errorf("the others: got %+v, want no write", got)
	}
	if got := r.meter.Total().Writes; got != 1 {
		t.Errorf("in all: got %d writes, want 1", got)
	}
}
