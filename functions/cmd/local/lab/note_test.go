package lab_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestEventSentBeforeIsTold posts an event of each repeat rule again, on the same state after a restart: the answer says when its
// message was sent and what to change, and changed so the event is no longer one that was sent before.
func TestEventSentBeforeIsTold(t *testing.T) {
	t.Parallel()
	for event, c := range map[string]struct{ advice, change, to string }{
		"shipment-failed_delivery.json":  {"status_updated_at", "status_updated_at", hoursAgo(1)},
		"shipment-out_for_delivery.json": {"status_updated_at to another day", "status_updated_at", hoursAgo(48)},
		"shipment-delivered.json":        {"externalShipmentID", "externalShipmentID", "NC-20417-6120-999"},
		"shipment-created.json":          {"order_id", "order_id", "51230099"},
		"returnShipment-created.json":    {"customerReturnNumber", "customerReturnNumber", "RET-NC-20417-9"},
		"returnShipment-delivered.json":  {"customerReturnNumber", "customerReturnNumber", "RET-NC-20417-9"},
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w, end := startDemo(t, dir)
			switchAllOn(t, w)
			post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
			data := with(fixture(t, event), "status_updated_at", hoursAgo(0))
			if note := noteOf(t, w, data); note != "" {
				t.Errorf("new: got the note %q, want none", note)
			}
			wait(t, w)
			requireSent(t, w, demo.IraOrder)
			end()

			w, _ = startDemo(t, dir)
			want := regexp.MustCompile(`^sent before, at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30; change ` +
				regexp.QuoteMeta("`"+c.advice+"`, or "+"stop make run and run `make clean STATE="+dir+"`") + `$`)
			if note := noteOf(t, w, data); !want.MatchString(note) {
				t.Errorf("got the note %q, want %s", note, want)
			}
			if note := noteOf(t, w, with(data, c.change, c.to)); note != "" {
				t.Errorf("changed as advised: got the note %q, want none", note)
			}
		})
	}
}

// TestEventRefusedBeforeIsTold posts an event again that was not sent, and is too old to be decided again.
func TestEventRefusedBeforeIsTold(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	data := fixture(t, "shipment-failed_delivery.json")
	if note := noteOf(t, w, data); note != "" {
		t.Errorf("new: got the note %q, want none", note)
	}
	wait(t, w)
	const refused = ": not sent, not_opted_in; it is too old to be decided again: change `status_updated_at` to now, or stop make run and run `make clean STATE="
	if note := noteOf(t, w, data); !strings.Contains(note, refused) {
		t.Errorf("got the note %q, want %q in it", note, refused)
	}
}

// TestEventThatSendsNothingIsTold posts events that are off, unknown or of no account: the answer says so in words, and an event
// that is off has left a trace with its order.
func TestEventThatSendsNothingIsTold(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	failed := fixture(t, "shipment-failed_delivery.json")
	install(t, w)
	err := w.Parts.Store.PutAccount(t.Context(), account.Account{ID: "9002", Slug: "bare"})
	if err != nil {
		t.Fatal(err)
	}
	withdrawCharges(t, w, "shipment/failed_delivery")
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	noteOf(t, w, failed)
	wait(t, w)

	charged := with(with(with(failed, "account_id", demo.TulsiID), "accountSlug", "tulsi-house"), "order_id", "null")
	slugOnly := with(with(failed, "account_id", "null"), "accountSlug", "other-brand")
	for name, c := range map[string]struct{ body, want string }{
		"off":               {fixture(t, "shipment-rto_created.json"), "account 811 has not switched on shipment/rto_created; /local/order?orderId=51230077 shows that it came"},
		"off_alias":         {fixture(t, "shipment-rto-alias.json"), "account 811 has not switched on shipment/rto_created; /local/order?orderId=51230077 shows that it came"},
		"off_without_order": {with(fixture(t, "shipment-rto_created.json"), "order_id", "null"), "account 811 has not switched on shipment/rto_created"},
		"no_consent":        {charged, "account 812 has switched on shipment/failed_delivery and not agreed to the charge, or not since its mark-up rose"},
		"kind":              {with(failed, "eventSubType", "xyz"), "no such event: shipment/xyz"},
		"no_kind":           {with(failed, "eventSubType", ""), "the event names no resource or no eventSubType"},
		"no_subject":        {`{"resource":"shipment","eventSubType":"delivered","accountId":811}`, "the event names no shipment, return or cart"},
		"disagrees":         {fixture(t, "shipment-account-disagrees.json"), "account 811 has the slug neem-and-co, not other-brand"},
		"id":                {fixture(t, "shipment-unknown-account.json"), "no account has the id 999"},
		"slug":              {slugOnly, "no account has the slug other-brand"},
		"no_account":        {with(slugOnly, "accountSlug", ""), "the event names no account"},
		"two_accounts":      {strings.Replace(failed, `"accountId": null`, `"accountId": 812`, 1), "the event names two accounts, or an account id that is none"},
		"no_app":            {with(with(failed, "account_id", "9002"), "accountSlug", "bare"), "account 9002 has no app"},
	} {
		if note := noteOf(t, w, c.body); note != c.want {
			t.Errorf("%s: got the note %q, want %q", name, note, c.want)
		}
	}

	wait(t, w)
	status, answer := get(t, w, "/local/order?orderId=51230077")
	var traces []struct {
		AccountID string                       `json:"accountId"`
		Off       []string                     `json:"off"`
		Shipments map[string]map[string]string `json:"shipments"`
	}
	if err := json.Unmarshal([]byte(answer), &traces); err != nil || status != http.StatusOK || len(traces) != 1 {
		t.Fatalf("got %d %s, %v; want one trace", status, answer, err)
	}
	if got := traces[0]; got.AccountID != "811" || len(got.Off) != 1 || !regexp.MustCompile(`^shipment/rto_created@2024-\d\d-\d\d$`).MatchString(got.Off[0]) {
		t.Errorf("got %+v, want one event that came while it was off", got)
	}
	if at := traces[0].Shipments[order.FieldKey("NC-20417-6120-311")]["failed_delivery"]; at != "2024-02-13T15:20:41+05:30" {
		t.Errorf("got %s, want the time of the failed delivery of %s", answer, at)
	}
	if status, answer = get(t, w, "/local/order?orderId=1"); status != http.StatusOK || strings.TrimSpace(answer) != "[]" {
		t.Errorf("an unknown order: got %d %s, want an empty list", status, answer)
	}
}

// withdrawCharges takes back Tulsi House's consent to be charged for an event.
func withdrawCharges(t *testing.T, w *world.World, kind string) {
	t.Helper()
	a, err := w.Parts.Store.Account(t.Context(), demo.TulsiID)
	if err != nil {
		t.Fatal(err)
	}
	choice := a.Choices[a.Sender][kind]
	choice.Charges = nil
	a.Choices[a.Sender][kind] = choice
	if err = w.Parts.Store.PutAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// switchAllOn switches every event of the catalogue on for Neem & Co, with the template of a delivery.
func switchAllOn(t *testing.T, w *world.World) {
	t.Helper()
	a, err := w.Parts.Store.Account(t.Context(), demo.NeemID)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range order.Catalog() {
		if kind := entry.Kind.String(); !a.Events[kind].Enabled {
			a.Events[kind] = a.Events["shipment/delivered"]
		}
	}
	if err = w.Parts.Store.PutAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// fixture returns an event of testdata.
func fixture(t *testing.T, name string) string {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// with returns an event with another value of a field, which is a text or a number as it was.
func with(event, field, value string) string {
	return regexp.MustCompile(`("`+field+`": ?"?)[^",]*`).ReplaceAllString(event, "${1}"+value)
}

// hoursAgo returns a time as the platform writes it.
func hoursAgo(n int) string {
	return time.Now().Add(-time.Duration(n) * time.Hour).In(config.IST).Format(time.DateTime)
}

// noteOf posts an event, and returns the note of the answer.
func noteOf(t *testing.T, w *world.World, event string) string {
	t.Helper()
	var answer struct {
		Note string `json:"note"`
	}
	if err := json.Unmarshal([]byte(post(t, w, "/local/events", event, http.StatusAccepted)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Note
}

func get(t *testing.T, w *world.World, path string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, w, req)
}

const subscribeIra = `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`

// requireSent checks that the order's newest message was sent.
func requireSent(t *testing.T, w *world.World, id string) {
	t.Helper()
	entries, err := lab.SendLog(t.Context(), w.Parts.Store, id)
	if err != nil || len(entries) == 0 || len(entries[len(entries)-1].Attempts) != 1 {
		t.Fatalf("got %+v, %v; want a message with one attempt", entries, err)
	}
}

// wait waits until what was published is dealt with.
func wait(t *testing.T, w *world.World) {
	t.Helper()
	if err := w.Cloud.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, w *world.World, path, body string, want int) string {
	t.Helper()
	return call(t, w, http.MethodPost, path, body, want)
}

func call(t *testing.T, w *world.World, method, path, body string, want int) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	got, answer := do(t, w, req)
	if got != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, got, answer, want)
	}
	return answer
}
