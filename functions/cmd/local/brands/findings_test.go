package brands_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// findingsDir has the inputs that outside tests found us failing at: each is one body, or a list of bodies to post in turn.
const findingsDir = "../../../../testdata/findings"

// finding is what is right for one of them.
type finding struct {
	account string
	// digits are the number of the shopper, who agreed to updates and offers before.
	digits string
	// ordered is true if it is about a message that was sent before.
	ordered bool
	// status and offers are what the shopper's consent is in the end.
	status consent.Status
	offers bool
	// sent is the status of the one message of the order; empty if there is none.
	sent message.Status
}

func findings() map[string]finding {
	const stopped = consent.Inactive

	return map[string]finding{
		"event-body-over-1024.json":                     {account: demo.MarigoldID, digits: "919000176002", status: consent.Active, offers: true, sent: message.StatusAccepted},
		"event-br-shopper.json":                         {account: demo.MarigoldID, digits: "5531988880001", status: consent.Active, offers: true, sent: message.StatusAccepted},
		"event-phone-invisible.json":                    {account: demo.NeemID, digits: "919000000302", status: consent.Active, offers: true, sent: message.StatusRead},
		"meta-stop-from-other-wa_id.json":               {account: demo.MarigoldID, digits: "5531988880001", ordered: true, status: stopped, sent: message.StatusAccepted},
		"meta-131026-then-delivered.json":               {account: demo.MarigoldID, digits: "919000000871", ordered: true, status: consent.Active, offers: true, sent: message.StatusDelivered},
		"meta-edit-to-stop.json":                        {account: demo.MarigoldID, digits: "919000000217", status: stopped},
		"gupshup-v2-userid-stop.json":                   {account: demo.NeemID, digits: "919000004001", ordered: true, status: stopped, sent: message.StatusRead},
		"gupshup-v3-list-stop.json":                     {account: demo.NeemID, digits: "919000000404", status: stopped},
		"gupshup-v2-preference-stop-beside-signup.json": {account: demo.NeemID, digits: "919000008005", status: consent.Active},
	}
}

// Every file of the findings is posted where it was found to fail, with the ids of the message that it is about, and leads to
// what is right. Files and table are held against each other.
func TestFindings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(findingsDir, "*.json"))
	if err != nil || len(files) != len(findings()) {
		t.Fatalf("got %d files, %v, want one of each of %d findings", len(files), err, len(findings()))
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, known := findings()[filepath.Base(file)]
			if !known {
				t.Fatal("nothing says what is right for it")
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			r := newRig(t, rigOptions{hold: true, quiet: true})
			r.meets(want)
			order := "76999"
			if want.ordered {
				r.sends(want, order)
			}
			for _, body := range bodies(t, text) {
				if found, isEvent := eventOrder(body); isEvent {
					order = found
					r.postEvent(body)
				} else {
					r.postCallback(want.account, r.filled(body, order))
				}
			}
			r.checkFinding(want, order)
		})
	}
}

// bodies are what a file of the findings has to be posted in turn.
func bodies(t *testing.T, text []byte) [][]byte {
	t.Helper()
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return [][]byte{text}
	}

	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}

	all := make([][]byte, 0, len(list))
	for _, body := range list {
		all = append(all, body)
	}

	return all
}

// eventOrder returns the order of a body that is a platform's event.
func eventOrder(body []byte) (id string, isEvent bool) {
	var event struct {
		Data struct {
			Order int `json:"order_id"`
		} `json:"response_data"`
	}
	err := json.Unmarshal(body, &event)

	return strconv.Itoa(event.Data.Order), err == nil && event.Data.Order != 0
}

// meets makes the finding's shopper, who agreed to everything an hour ago.
func (r *rig) meets(f finding) {
	r.Helper()
	keys, err := r.Parts.Keys(r.Context())
	r.Must(err)
	number, err := phone.FromE164("+" + f.digits)
	r.Must(err)

	var state consent.State
	var ledger []consent.Entry
	for _, purpose := range []consent.Purpose{consent.OrderUpdates, consent.Marketing} {
		at := r.Parts.Clock.Now().Add(-time.Hour)
		entries, next, _ := consent.Record(state, consent.Entry{
			Action:     consent.Grant,
			Source:     consent.CustomerPortal,
			Purpose:    purpose,
			OccurredAt: at,
			RecordedAt: at,
		})
		state, ledger = next, append(ledger, entries...)
	}

	key := keys.Phone.Key(number)
	r.Must(r.Parts.Store.CreateCustomer(r.Context(), store.Customer{
		ID:        store.CustomerID(f.account, key),
		AccountID: f.account,
		PhoneKey:  key,
		Phone:     number.E164(),
		Consent:   state,
	}, ledger...))
}

// sends has a message of an order go to the finding's shopper.
func (r *rig) sends(f finding, order string) {
	r.Helper()
	event, err := os.ReadFile(filepath.Join(findingsDir, "event-br-shopper.json"))
	r.Must(err)
	country := "IN"
	if strings.HasPrefix(f.digits, "55") {
		country = "BR"
	}
	slugs := map[string]string{demo.NeemID: "neem-and-co", demo.MarigoldID: "marigold-home"}
	r.postEvent([]byte(strings.NewReplacer(
		"+55 31 98888-0001", "+"+f.digits,
		"63001", order,
		"813", f.account,
		"marigold-home", slugs[f.account],
		`"BR"`, strconv.Quote(country),
	).Replace(string(event))))
	if all := r.messages(order); len(all) != 1 || len(all[0].Newest().IDs) == 0 {
		r.Fatalf("got %+v, want the one message that the finding is about, sent", all)
	}
}

func (r *rig) messages(order string) []message.Message {
	r.Helper()
	all, err := r.Parts.Store.MessagesOfOrderInAllAccounts(r.Context(), order)
	r.Must(err)

	return all
}

// filled returns a body with the ids of the order's message and the present time in the places that are left for them.
func (r *rig) filled(body []byte, order string) []byte {
	r.Helper()
	first, last := "gs-none", "wamid.none"
	for _, m := range r.messages(order) {
		ids := m.Newest().IDs
		first, last = ids[0], ids[len(ids)-1]
	}

	now := r.Parts.Clock.Now()
	seconds := now.Unix()

	return []byte(strings.NewReplacer(
		"WAMID", last,
		"GSID", first,
		"TSMS", strconv.FormatInt(now.UnixMilli(), 10),
		"TS+2", strconv.FormatInt(seconds+2, 10),
		"TS", strconv.FormatInt(seconds, 10),
	).Replace(string(body)))
}

func (r *rig) postEvent(body []byte) {
	r.Helper()
	if code, answer := r.Do(http.MethodPost, "/local/events", body); code != http.StatusAccepted {
		r.Fatalf("the event got %d %s", code, answer)
	}

	r.Rest()
}

// postCallback posts a body to the webhook of the account's app as its provider does.
func (r *rig) postCallback(accountID string, body []byte) {
	r.Helper()
	path, header := r.Webhook("gupshup", "neem"), []string(nil)
	if accountID == demo.MarigoldID {
		path, header = r.Webhook("meta", "marigold"), []string{signature, sign(r.Secret("meta-marigold-app-secret"), body)}
	}
	if code, answer := r.Do(http.MethodPost, path, body, header...); code != http.StatusOK {
		r.Fatalf("the webhook got %d %s", code, answer)
	}

	r.Rest()
}

// checkFinding holds shopper and message against what is right.
func (r *rig) checkFinding(want finding, order string) {
	r.Helper()
	keys, err := r.Parts.Keys(r.Context())
	r.Must(err)
	number, err := phone.FromE164("+" + want.digits)
	r.Must(err)
	customer, err := r.Parts.Store.Customer(r.Context(), store.CustomerID(want.account, keys.Phone.Key(number)))
	r.Must(err)
	if got := customer.Consent; got.Status != want.status || got.Marketing != want.offers {
		r.Errorf("consent: got %s, offers %t, want %s, %t", got.Status, got.Marketing, want.status, want.offers)
	}

	var got []message.Status
	for _, m := range r.messages(order) {
		got = append(got, m.Status())
		if m.Phone != number.E164() {
			r.Errorf("the message went to another number")
		}
	}
	switch {
	case want.sent == "" && len(got) == 0:
	case len(got) != 1 || got[0] != want.sent:
		r.Errorf("messages: got %v, want one %s", got, want.sent)
	}

	for _, sent := range r.Simulator.Log().Accepted() {
		if n := utf8.RuneCountInString(sent.Text); n > 1024 {
			r.Errorf("a body has %d characters, want at most 1024", n)
		}
	}
}
