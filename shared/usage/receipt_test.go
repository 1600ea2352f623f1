package usage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

const customer = neem + ":key"

// approved is a template as its provider has it.
func approved(body string) template.Template {
	return template.Template{ID: "t-1", Name: "failed_v1", Language: "en", Category: "UTILITY", Status: "APPROVED", Body: body}
}

// shopperSays stores the customer with what it says, one entry each.
func (r *rig) shopperSays(entries ...consent.Entry) {
	r.t.Helper()
	r.must(r.store.CreateCustomer(r.t.Context(), store.Customer{ID: customer, AccountID: neem, PhoneKey: "key", Phone: shopper, Email: "ira@example.test", Name: "Ira Sample"}))
	for _, e := range entries {
		c, err := r.store.Customer(r.t.Context(), customer)
		r.must(err)
		added, next, _ := consent.Record(c.Consent, e)
		r.must(r.store.ChangeConsent(r.t.Context(), c, next, added...))
	}
}

// says is one thing that the shopper says, minutes after the start.
func says(a consent.Action, s consent.Source, minutes int) consent.Entry {
	at := start.Add(time.Duration(minutes) * time.Minute)
	return consent.Entry{
		Action: a, Source: s, Purpose: consent.OrderUpdates, SourceRef: "wamid." + shopper, NoticeVersion: "2026-06", NoticeHash: consent.NoticeHash("notice"),
		Actor: "customer", OccurredAt: at, RecordedAt: at,
	}
}

// put stores a message.
func (r *rig) put(m message.Message) message.Message {
	r.t.Helper()
	_, err := r.store.Decide(r.t.Context(), store.Decision{Message: m})
	r.must(err)

	return m
}

// proven is a message with all that a receipt proves.
func (r *rig) proven() message.Message {
	r.t.Helper()
	_, err := r.store.SaveSettings(r.t.Context(), neem, func(a account.Account) (store.Version, error) {
		a.Name = "Neem & Co"
		return store.Version{At: r.clock.Now(), By: store.Author{Subject: "u-17", Name: "Asha"}, Action: "account.put", Settings: a}, nil
	})
	r.must(err)
	r.must(r.store.PutTemplate(r.t.Context(), "gs", store.Template{Template: approved("Hello {{1}}."), CheckedAt: start}))
	r.shopperSays(says(consent.Seen, consent.OrderEvent, -9), says(consent.Grant, consent.CustomerPortal, -8), says(consent.Unreachable, consent.ProviderError, -7),
		says(consent.Reachable, consent.Inbound, -6))

	m := message.Message{
		ID: strings.Repeat("a", 32), AccountID: neem, OrderID: "51230077", Event: failed, Subject: "S-1", AppID: "gs", Provider: "gupshup", Ownership: message.Platform,
		TemplateID: "t-1", SettingsVersion: 1, Phone: shopper, CustomerID: customer, Phase: message.Claimed, Attempt: 1, CreatedAt: start, OccurredAt: start.Unix(),
		ExpireAt: start.Add(10_000 * time.Hour), Day: "2026-11-20", Activity: message.Activity{CustomerName: "Ira Sample", CustomerPhone: shopper},
		Filling: template.Filling{}, Grounds: message.Grounds{At: start.UnixMilli(), Settings: 1, Consent: "ACTIVE", Ledger: 4, Copy: approved("Hello {{1}}.").Fingerprint()},
	}
	m = m.WithAttempt(1, message.Attempt{ClaimedAt: start.UnixMilli()})
	m.Estimate = billing.Cards{billing.India()}.Estimate(m, billing.Utility, 1_000, "INR", start)
	m = r.put(m)

	accepted := reports(m, start)
	accepted[0].IDs = []string{"ee4a68a0"}
	r.apply(accepted...)

	return m
}

func (r *rig) receipt(id string) usage.Receipt {
	r.t.Helper()
	got, err := r.Receipt(r.t.Context(), viewer, neem, id)
	r.must(err)

	return got
}

// TestReceipt proves a message by what held when it was sent, although shopper, settings and template have moved on since.
func TestReceipt(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.proven()

	// What comes afterwards is on no receipt.
	c, err := r.store.Customer(t.Context(), customer)
	r.must(err)
	stop, next, _ := consent.Record(c.Consent, says(consent.Withdraw, consent.Keyworded, -1)) // said before, and told after
	r.must(r.store.ChangeConsent(t.Context(), c, next, stop...))
	r.must(r.store.PutTemplate(t.Context(), "gs", store.Template{Template: approved("Dear {{1}}!"), CheckedAt: start.Add(time.Hour)}))

	got := r.receipt(m.ID)
	if e := got.Consent.Entry; got.Consent.Status != "ACTIVE" || e == nil || e.Sequence != 2 || e.Action != consent.Grant || e.NoticeVersion != "2026-06" || e.NoticeHash == "" {
		t.Errorf("got consent %+v, entry %+v, want the grant", got.Consent, e)
	}
	if s := got.Settings; s.Number != 1 || s.By.Name != "Asha" || !s.At.Equal(start) || s.Action != "account.put" {
		t.Errorf("got settings %+v", s)
	}
	if c := got.Template.Copy; !got.Template.Exact || c == nil || c.Body != "Hello {{1}}." || c.Category != "UTILITY" || c.Status != "APPROVED" || !c.CheckedAt.Equal(start) {
		t.Errorf("got template %+v", got.Template)
	}
	if e := got.Estimate; e.Micros != price || e.Card != billing.India().Version || e.Row == nil || e.Row.Market != "IN" || e.Row.Micros*11/10 != price {
		t.Errorf("got estimate %+v, row %+v", e, e.Row)
	}
	if c := got.Charge; c.Basis != billing.Told || c.Price.Micros != price || c.Type != "regular" || c.Row == nil || c.Row.Category != billing.Utility || len(got.Extra) != 0 {
		t.Errorf("got charge %+v", c)
	}
	if w := got.Words; len(w) != 2 || w[0].Attempt != 1 || w[0].Callback != "billing" || !w[0].Billable || w[1].Callback != "sent" {
		t.Errorf("got words %+v", w)
	}
	if a := got.Attempts; len(a) != 1 || a[0].Status != message.StatusRead || !slices.Equal(a[0].ProviderIDs, []string{"ee4a68a0"}) || len(a[0].Times) != 4 ||
		a[0].Times[0].Status != message.StatusAccepted || a[0].Times[3].Status != message.StatusRead {
		t.Errorf("got attempts %+v", a)
	}
	if len(got.Lacks) != 0 || got.Kind != usage.Notification {
		t.Errorf("got a %s that lacks %q", got.Kind, got.Lacks)
	}
}

// TestReceiptReads holds what a receipt reads, with an instance that has kept nothing yet and a long ledger.
func TestReceiptReads(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.proven()

	for i := range 20 { // in and out of offers
		action := []consent.Action{consent.Grant, consent.Withdraw}[i%2]
		c, err := r.store.Customer(t.Context(), customer)
		r.must(err)
		e := says(action, consent.API, i)
		e.Purpose = consent.Marketing
		entries, next, _ := consent.Record(c.Consent, e)
		r.must(r.store.ChangeConsent(t.Context(), c, next, entries...))
	}
	long := m
	long.ID, long.Grounds.Ledger, long.Grounds.Copy = strings.Repeat("b", 32), 24, strings.Repeat("0", 24)
	r.put(long)
	offers := m
	offers.ID, offers.Grounds.Ledger, offers.Grounds.Marketing = strings.Repeat("c", 32), 23, true
	r.put(offers)

	for id, want := range map[string]struct{ reads, entry int64 }{
		m.ID:      {1 + 1 + 1 + 1 + 1, 2},  // the message, an entry, the version, the copy, and that there is no rate card
		long.ID:   {1 + 1 + 1 + 2 + 1, 2},  // one whose copy is not kept
		offers.ID: {1 + 5 + 1 + 1 + 1, 23}, // of offers
	} {
		fresh := r.another()
		before := r.cloud.Firestore().Counts().Reads

		got, err := fresh.Receipt(t.Context(), viewer, neem, id)
		r.must(err)
		if got.Consent.Entry == nil || got.Consent.Entry.Sequence != want.entry {
			t.Errorf("got entry %+v, want %d", got.Consent.Entry, want.entry)
		}

		const bound = 12
		if reads := r.cloud.Firestore().Counts().Reads - before; reads != want.reads || reads >= bound {
			t.Errorf("message %.1s: got %d reads, want %d, and less than %d", id, reads, want.reads, bound)
		}
	}
}

// TestReceiptOfOthers is refused as not found: a message of another account, though it went through the same app, one of nobody, and what is
// no id.
func TestReceiptOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.proven()
	other, nobody := m, m
	other.ID, other.AccountID = strings.Repeat("b", 32), "812"
	nobody.ID, nobody.AccountID = strings.Repeat("c", 32), ""
	r.put(other)
	r.put(nobody)

	for _, id := range []string{other.ID, nobody.ID, strings.Repeat("d", 32), "x", ""} {
		if got, err := r.Receipt(t.Context(), viewer, neem, id); !fault.Is(err, fault.NotFound) || got.MessageID != "" {
			t.Errorf("%q: got %+v, %v, want not found", id, got, err)
		}
	}
	if _, err := r.Receipt(t.Context(), access.Caller{Role: access.Viewer, Accounts: []string{"812"}}, neem, m.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v, want that another account's viewer is refused", err)
	}
}

// TestReceiptOfLess has messages that lack something, and says what and why.
func TestReceiptOfLess(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		change func(*message.Message)
		wants  []string
		check  func(usage.Receipt) bool
	}{
		"test": {
			func(m *message.Message) {
				m.ID, m.Test, m.Day, m.OrderID, m.Grounds, m.SettingsVersion = strings.Repeat("d", 64), true, "", "", message.Grounds{}, 0
				m.Estimate = message.Estimate{Category: "utility", Currency: "INR"}
				m.Attempts = map[string]message.Attempt{"1": {Rank: message.RankDelivered, At: map[string]int64{"delivered": start.UnixMilli()}}}
				m.Pricing = map[string]message.Pricing{"1.sent": {Known: true, Billable: true, Category: "utility", Type: "regular"}}
			},
			[]string{"It is a test", "version of the settings was not noted", "newest copy"},
			func(g usage.Receipt) bool {
				return g.Kind == usage.Test && g.Consent.Entry == nil && g.Charge.Price.Micros == 0 && g.Template.Copy != nil && !g.Template.Exact
			},
		},
		"answer": {
			func(m *message.Message) {
				m.Event, m.Session, m.TemplateID, m.Grounds, m.SettingsVersion = "session/failed_delivery", &message.Session{Kind: "question", Text: "Hello Ira Sample"}, "", message.Grounds{}, 0
				m.Estimate.Category = "service"
			},
			[]string{"It answers what the shopper wrote"},
			func(g usage.Receipt) bool {
				return g.Kind == usage.AnswerToShopper && g.Purpose == "question" && g.Consent.Entry != nil && g.Consent.Entry.Sequence == 2 && g.Template.ID == ""
			},
		},
		"refused": {
			func(m *message.Message) {
				m.Phase, m.Reason, m.Attempt, m.Attempts, m.SettingsVersion = message.Refused, message.NotOptedIn, 0, nil, 0
				m.Estimate, m.Grounds.Ledger, m.Grounds.Copy, m.Grounds.Consent = message.Estimate{}, 1, "", "INACTIVE"
			},
			[]string{"neither given nor taken back", "It was not sent"},
			func(g usage.Receipt) bool {
				return g.Status == message.StatusRefused && g.Reason == message.NotOptedIn && g.Consent.Entry == nil && g.Settings.By.Name == "Asha"
			},
		},
		"own_app": {
			func(m *message.Message) {
				m.AppID, m.Provider, m.Ownership, m.Estimate = "own", "meta", message.Client, message.Estimate{Category: "utility", Currency: "INR"}
			},
			[]string{"brand's own account", "No copy of the template"},
			func(g usage.Receipt) bool { return g.Charge.Price.Micros == 0 && g.Estimate.Row == nil },
		},
		"unknown_shopper": {
			func(m *message.Message) {
				m.CustomerID, m.Phone, m.TemplateID, m.SettingsVersion = "", "", "", 77
				m.Estimate = message.Estimate{}
			},
			[]string{"shopper is not known", "is not kept", "It has no template", "No rate card"},
			func(g usage.Receipt) bool { return g.Settings.Number == 77 && g.Estimate.Row == nil },
		},
		"charged_twice": {
			func(m *message.Message) {
				m.Attempt = 2
				one := message.Attempt{Rank: message.RankDelivered, At: map[string]int64{"delivered": start.UnixMilli()}}
				two := one
				two.PossibleDuplicate, two.Silence = true, message.SilenceQuiet
				m.Attempts = map[string]message.Attempt{"1": one, "2": two}
			},
			[]string{"has not said yet"},
			func(g usage.Receipt) bool {
				return len(g.Extra) == 1 && g.Extra[0].Attempt == 2 && g.Extra[0].Row != nil && g.Attempts[1].PossibleDuplicate && g.Attempts[1].Silence == message.SilenceQuiet
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "Asia/Kolkata")
			m := r.proven()
			m.ID, m.Pricing = strings.Repeat("d", 32), nil
			tt.change(&m)
			r.put(m)

			got := r.receipt(m.ID)
			for _, want := range tt.wants {
				if !slices.ContainsFunc(got.Lacks, func(s string) bool { return strings.Contains(s, want) }) {
					t.Errorf("lacks %q, want %q", got.Lacks, want)
				}
			}
			if !tt.check(got) {
				t.Errorf("got %+v", got)
			}
			if said := fmt.Sprintf("%+v", got); strings.Contains(said, "Ira Sample") || strings.Contains(strings.ReplaceAll(said, "wamid."+shopper, ""), shopper[1:]) {
				t.Errorf("personal data in %s", said)
			}
		})
	}
}
