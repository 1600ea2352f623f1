package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestAListOfTenThousandReadsOnePage holds that the page of an account's messages makes one query, which reads one message more than it shows.
func TestAListOfTenThousandReadsOnePage(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	const all, shown = 10_000, 50
	var some errgroup.Group
	some.SetLimit(16)
	for n := range all {
		some.Go(func() error {
			_, err := w.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
				ID: fmt.Sprintf("%032x", n), AccountID: "811", OrderID: "5", Event: "shipment/packed", Phase: message.Refused, Reason: message.NotOptedIn,
				CreatedAt: w.Clock.Now().Add(-time.Duration(n) * time.Second), ExpireAt: w.Clock.Now().AddDate(1, 0, 0),
			}})
			return err
		})
	}
	w.Must(some.Wait())

	p := &person{t, w, signIn(t, w, "viewer:811")}
	w.Cloud.Calls().Reset()
	w.Cloud.Calls().Trace(true)
	w.Cloud.Firestore().ResetCounts()
	page := p.page("/accounts/811/stories")
	if rows := strings.Count(page, `<tr id="row-`); rows != shown || !strings.Contains(page, "Older messages") {
		t.Errorf("the page shows %d rows, want %d and a next page", rows, shown)
	}
	queries := 0
	for _, c := range w.Cloud.Calls().Calls() {
		if strings.HasSuffix(c.Method, "/RunQuery") && strings.Contains(fmt.Sprint(c.Names), "messages") {
			queries++
		}
	}
	// Beside the messages the account is read, once for the page and once by the use case.
	if read := w.Cloud.Firestore().Counts().Reads; queries != 1 || read > shown+1+4 {
		t.Errorf("%d queries of messages, and %d documents read in all", queries, read)
	}
}

// TestRevealIsOfTheOrder shows the number of a message of the order that the page is about alone, at the page's own address.
func TestRevealIsOfTheOrder(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for n, orderID := range []string{"5", "6"} {
		_, err := w.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
			ID: fmt.Sprintf("%032x", n), AccountID: "811", OrderID: orderID, Event: "shipment/packed", Phase: message.Refused, Reason: message.NotOptedIn,
			Phone: fmt.Sprintf("+91900000000%d", n), CreatedAt: w.Clock.Now(), ExpireAt: w.Clock.Now().AddDate(1, 0, 0),
		}})
		w.Must(err)
	}
	cookie := signIn(t, w, "support:811")
	for n, want := range map[int]int{0: http.StatusOK, 1: http.StatusNotFound} {
		form := url.Values{"message": {fmt.Sprintf("%032x", n)}, "reason": {"asked to be called back"}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/accounts/811/orders/5", strings.NewReader(form.Encode()))
		w.Must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Cookie", cookie)
		answer, err := testkit.Transport.RoundTrip(req)
		w.Must(err)
		body, err := io.ReadAll(answer.Body)
		w.Must(err)
		_ = answer.Body.Close()
		if answer.StatusCode != want || strings.Contains(string(body), "919000000001") || want == http.StatusOK && !strings.Contains(string(body), "919000000000") {
			t.Errorf("message %d: %d", n, answer.StatusCode)
		}
	}
	noted, err := w.Parts.Store.RevealsOfOrder(t.Context(), "811", "6", 5)
	if err != nil || len(noted) != 0 {
		t.Errorf("noted %v, %v", noted, err)
	}
}
