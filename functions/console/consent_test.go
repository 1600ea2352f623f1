package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	ira       = "+919000000001"
	atConsent = "/accounts/811/consent"
)

// shopper makes a shopper of the account who subscribed, and returns the key. Each change is made to the entry once it is written.
func (h *house) shopper(number string, changes ...func(*consent.Entry)) string {
	h.t.Helper()
	n, err := phone.FromE164(number)
	if err != nil {
		h.t.Fatal(err)
	}
	keyer, err := phone.NewKeyer([]byte(houseKey))
	if err != nil {
		h.t.Fatal(err)
	}
	c := store.Customer{AccountID: neem, PhoneKey: keyer.Key(n), Phone: number, Email: "ira@example.test", Name: "Ira Sample"}
	c.ID = store.CustomerID(neem, c.PhoneKey)
	entries, after, _ := consent.Record(consent.For(c.ID), consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: "order:51230077", Actor: "customer",
		NoticeVersion: "v1", NoticeHash: consent.NoticeHash("may we?"), OccurredAt: h.clock.Now().Add(-time.Hour), RecordedAt: h.clock.Now(),
	})
	c.Consent = after
	for _, change := range changes {
		change(&entries[0])
	}
	if err = h.store.CreateCustomer(h.t.Context(), c, entries...); err != nil {
		h.t.Fatal(err)
	}

	return c.PhoneKey
}

// lacks requires that nothing of a shopper is on a page or in the log.
func (h *house) lacks(a testkit.Answer, more ...string) {
	h.t.Helper()
	for _, personal := range append(more, "9000000001", "90000 00001", "ira@", "Ira Sample") {
		if strings.Contains(a.Body, personal) || strings.Contains(h.logs.String(), personal) || strings.Contains(a.Header.Get("Location"), personal) {
			h.t.Errorf("%s is told: %v %s", personal, a.Header, a.Body)
		}
	}
}

// TestFindShopper finds a shopper by the number, which is nowhere afterwards.
func TestFindShopper(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	key := h.shopper(ira)
	look := h.as("viewer:811")
	has(t, look(http.StatusOK, atConsent, nil), "Find a shopper", `type="tel"`)
	a := look(http.StatusSeeOther, atConsent, url.Values{"phone": {"90000 00001"}})
	if got := a.Header.Get("Location"); got != atConsent+"/"+key {
		t.Errorf("led to %s", got)
	}
	h.lacks(a)
	a = look(http.StatusOK, atConsent+"/"+key, nil)
	has(t, a, "verified", "All 1 entry", "Agreed to news of orders", "the portal&#39;s checkbox", "order:51230077", "20 Nov 2026, 09:20:12 IST", "ledger-proof")
	h.lacks(a)
	a = look(http.StatusNotFound, atConsent, url.Values{"phone": {"90000 00002"}})
	has(t, a, "This account knows no shopper of that number")
	h.lacks(a, "90000 00002")
	a = look(http.StatusBadRequest, atConsent, url.Values{"phone": {"12"}})
	has(t, a, `href="#phone"`, `aria-describedby="phone-error"`)
	look(http.StatusNotFound, atConsent+"/"+strings.Repeat("f", 32), nil)
	look(http.StatusNotFound, atConsent+"/x", nil)
	look(http.StatusForbidden, "/accounts/812/consent/"+key, nil)
	if a = look(http.StatusOK, atConsent, nil); strings.Contains(a.Body, "/import") || strings.Contains(a.Body, "/block") {
		t.Errorf("a viewer is shown %s", a.Body)
	}
}

// TestRecordSaid records what a shopper told an agent, in the account's zone.
func TestRecordSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	at := atConsent + "/" + h.shopper(ira)
	sana := h.as("support:811")
	said := url.Values{"action": {"withdraw"}, "purpose": {"all"}, "source": {"agent"}, "reference": {"ticket 12"}, "occurredAt": {"2026-11-20T10:00"}}
	if a := sana(http.StatusSeeOther, at+"/said", said); a.Header.Get("Location") != at+"?done=consent-recorded" {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
	has(t, sana(http.StatusOK, at+"?done=consent-recorded", nil), "It is recorded", "Took back everything", "no: took it back", "20 Nov 2026, 10:00:00 IST", "ticket 12", "All 2 entries")
	if a := sana(http.StatusSeeOther, at+"/said", said); a.Header.Get("Location") != at+"?done=consent-known" {
		t.Errorf("the same again led to %s", a.Header.Get("Location"))
	}
	for name, tc := range map[string]struct{ field, value, at string }{
		"no_reference":     {"reference", "", "reference"},
		"number_as_one":    {"reference", "90000 00001", "reference"},
		"no_notice":        {"action", "grant", "noticeVersion"},
		"no_time":          {"occurredAt", "yesterday", "occurredAt"},
		"later":            {"occurredAt", "2026-11-21T10:00", "occurredAt"},
		"unknown_source":   {"source", "api", "source"},
		"unknown_action":   {"action", "block", "action"},
		"no_such_purpose":  {"purpose", "ndr", "purpose"},
		"everything_again": {"action", "grant", "purpose"},
	} {
		wrong := url.Values{"action": {"withdraw"}, "purpose": {"order_updates"}, "source": {"agent"}, "reference": {"ticket 13"}}
		if name == "everything_again" {
			wrong.Set("purpose", "all")
		}
		wrong.Set(tc.field, tc.value)
		t.Log(name)
		has(t, sana(http.StatusBadRequest, at+"/said", wrong), "Nothing was recorded", `href="#`+tc.at+`"`, `aria-describedby="`+tc.at+`-error"`)
	}
	h.as("viewer:811")(http.StatusForbidden, at+"/said", said)
	if a := h.as("viewer:811")(http.StatusOK, at, nil); strings.Contains(a.Body, "<form method=\"post\" action=\"/accounts") {
		t.Errorf("a viewer is shown %s", a.Body)
	}
}

// TestEraseShopper shows what would go, and erases it once that is confirmed.
func TestEraseShopper(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	key := h.shopper(ira)
	at := atConsent + "/" + key
	asha := h.as("editor:811")
	has(t, asha(http.StatusBadRequest, at+"/erase", url.Values{"reason": {""}}), "Nobody was erased", `href="#reason"`)
	before := testkit.Stored(t, h.cloud)
	first := asha(http.StatusSeeOther, at+"/erase", url.Values{"reason": {"request 12"}}).Header.Get("Location")
	if first != at+"/erase?reason=request+12" {
		t.Fatalf("led to %s", first)
	}
	has(t, asha(http.StatusBadRequest, at+"/erase?reason="+url.QueryEscape("ira@example.test"), nil), "Nobody was erased", `href="#reason"`)
	h.as("support:811")(http.StatusForbidden, first, nil)
	a := asha(http.StatusOK, first, nil)
	has(t, a, "Erase this shopper?", "What would be erased", "Who the shopper is: number, name, address", `name="reason" value="request 12"`, `name="confirmed" value="yes"`)
	h.lacks(a)
	if diff := cmp.Diff(before, testkit.Stored(t, h.cloud)); diff != "" {
		t.Errorf("looking has changed (-before +after):\n%s", diff)
	}
	h.as("support:811")(http.StatusForbidden, at+"/erase", url.Values{"reason": {"request 12"}, "confirmed": {"yes"}})
	if got := asha(http.StatusSeeOther, at+"/erase", url.Values{"reason": {"request 12"}, "confirmed": {"yes"}}).Header.Get("Location"); got != at+"?done=shopper-erased" {
		t.Errorf("led to %s", got)
	}
	has(t, asha(http.StatusOK, at+"?done=shopper-erased", nil), "The shopper is erased.", "What was erased", "<dt>Reason</dt><dd>request 12</dd>", "Asha", "20 Nov 2026, 10:20:12 IST", "Erase what came since")
	c, err := h.store.Customer(t.Context(), store.CustomerID(neem, key))
	if err != nil || c.Phone != "" || c.Name != "" {
		t.Errorf("got %q %q, %v", c.Phone, c.Name, err)
	}
	has(t, asha(http.StatusOK, at, nil), "Took back everything", "verified")
}

// TestLedgerProof downloads the file that proves a ledger.
func TestLedgerProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	key := h.shopper(ira)
	a := h.as("viewer:811")(http.StatusOK, atConsent+"/"+key+"/ledger-proof", nil)
	if a.Header.Get("Content-Disposition") != `attachment; filename="ledger-`+key+`.proof.json"` || !strings.Contains(a.Body, `"sequence"`) && !strings.Contains(a.Body, "payload") {
		t.Errorf("got %v %s", a.Header, a.Body)
	}
	h.lacks(a)
}

// upload sends a file with the form of an import.
func (h *house) upload(person string, status int, query, from, name, text string) testkit.Answer {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("from", from); err != nil {
		h.t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(text))
	}
	if err != nil || form.Close() != nil {
		h.t.Fatal(err)
	}
	cookie := h.cookie(testkit.Serve(h.handler, pick(person)))
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, atConsent+"/import"+query, &body)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", form.FormDataContentType())
	a := testkit.Serve(h.handler, r)
	if a.Status != status {
		h.t.Fatalf("import %s: got %d %s, want %d", query, a.Status, a.Body, status)
	}

	return a
}

// TestImport checks a file, brings it in, and says of each odd row why.
func TestImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	stays := atConsent + "/" + h.shopper("+919000000003")
	sana := h.as("support:811")
	sana(http.StatusSeeOther, stays+"/said", url.Values{"action": {"withdraw"}, "purpose": {"all"}, "source": {"agent"}, "reference": {"ticket 12"}})
	const file = "phone;status;occurredAt;evidence\n" +
		"90000 00001;ACTIVE;2026-01-20T10:20:12+05:30;form 1\n" +
		"9.19E+11;ACTIVE;2026-01-20T10:20:12+05:30;form 2\n" +
		"90000 00003;ACTIVE;2026-01-20T10:20:12+05:30;form 3\n"
	before := testkit.Stored(t, h.cloud)
	a := h.upload("editor:811", http.StatusOK, "?check=yes", "", "a.csv", file)
	has(t, a, "The file was checked; nothing was written", "Rows to look at", "not taken", "taken back by the shopper")
	h.lacks(a, "9.19E+11")
	if diff := cmp.Diff(before, testkit.Stored(t, h.cloud)); diff != "" {
		t.Errorf("the check has written (-before +after):\n%s", diff)
	}
	a = h.upload("editor:811", http.StatusOK, "", "", "a.csv", file)
	has(t, a, "The file was brought in", "1 row that went well", ">new<", `<dt>Rows</dt><dd>3</dd>`)
	h.lacks(a)
	if got := h.as("viewer:811")(http.StatusSeeOther, atConsent, url.Values{"phone": {ira}}); got.Header.Get("Location") == "" {
		t.Error("the shopper is not there")
	}
	has(t, h.upload("editor:811", http.StatusOK, "", "3", "a.csv", file), `<dt>Rows</dt><dd>2</dd>`)
	has(t, h.upload("editor:811", http.StatusBadRequest, "", "", "a.csv", "colour\nred\n"), "Nothing was brought in", `href="#file"`)
	has(t, h.upload("editor:811", http.StatusBadRequest, "", "", "", ""), `href="#file"`, "is missing: choose one")
	has(t, h.upload("editor:811", http.StatusBadRequest, "", "x", "a.csv", file), `href="#from"`, `value="x"`)
	h.upload("support:811", http.StatusForbidden, "", "", "a.csv", file)
	has(t, h.as("editor:811")(http.StatusUnsupportedMediaType, atConsent+"/import", url.Values{}), "Choose a file")
}

// TestBlockNumber carries out an authority's order, which is the platform's alone.
func TestBlockNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	at := atConsent + "/" + h.shopper(ira)
	order := url.Values{"phone": {"90000 00001"}, "action": {"block"}, "reference": {"order 7"}}
	priya := h.as("platform")
	has(t, priya(http.StatusOK, atConsent, nil), `action="/accounts/811/consent/block"`)
	a := priya(http.StatusOK, atConsent+"/block", order)
	has(t, a, "Done: 1 shopper of the number at all accounts, news to 1 of them")
	h.lacks(a)
	has(t, priya(http.StatusOK, at, nil), "no: an authority forbids it", "An authority forbids everything")
	order.Set("action", "unblock")
	order.Set("reference", "order 8")
	has(t, priya(http.StatusConflict, atConsent+"/block", order), "Nothing was ordered")
	order.Set("phone", "1")
	has(t, priya(http.StatusBadRequest, atConsent+"/block", order), `href="#block.phone"`, `aria-describedby="block.phone-error"`, `value="order 8"`, `value="unblock" checked`)
	h.as("editor:811")(http.StatusForbidden, atConsent+"/block", order)
}

// TestBrokenLedger says that somebody has changed the database, and offers no proof.
func TestBrokenLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "local", nil)
	key := h.shopper(ira, func(e *consent.Entry) { e.SourceRef = "order:1" })
	look := h.as("viewer:811")
	a := look(http.StatusOK, atConsent+"/"+key, nil)
	has(t, a, "broken", "is not as it was written")
	if strings.Contains(a.Body, "ledger-proof") {
		t.Error("a proof is offered")
	}
	look(http.StatusConflict, atConsent+"/"+key+"/ledger-proof", nil)
}
