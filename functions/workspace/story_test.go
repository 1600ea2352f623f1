package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// readMessage, refusedMessage and givenUp are messages of the order that stories are told of.
	readMessage    = "0123456789abcdef0123456789abcdef"
	refusedMessage = "1123456789abcdef0123456789abcdef"
	givenUp        = "2123456789abcdef0123456789abcdef"
	storyOrder     = "51230077"
)

// tell stores an order to which everything happened that a story has.
func (r *rig) tell() {
	r.t.Helper()
	r.put(neem, "Neem")
	r.install(account.App{ID: "gs-1", Provider: "gupshup", Ownership: message.Client, Name: "Own"})
	ctx, customer := r.t.Context(), store.CustomerID(neem, "k")
	at := start.Add
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	base := message.Message{
		AccountID: neem, OrderID: storyOrder, Event: "shipment/failed_delivery", Subject: "S-1", CustomerID: customer, Phone: "+919000000001",
		AppID: "gs-1", Provider: "gupshup", Ownership: message.Client, TemplateID: "t-1", ExpireAt: at(1000 * time.Hour),
		Activity: message.Activity{OrderNumber: "NC-20417", CustomerName: "Ira Sample"},
		Grounds:  message.Grounds{At: start.UnixMilli(), Settings: 1, Consent: "ACTIVE", Age: time.Minute},
	}
	one, other, third := base, base, base
	one.ID, one.CreatedAt, one.OccurredAt, one.Phase, one.Attempt = readMessage, start, at(-time.Minute).Unix(), message.Claimed, 1
	one.Attempts = map[string]message.Attempt{"1": {Rank: message.RankRead, ClaimedAt: start.UnixMilli(), At: map[string]int64{"accepted": at(time.Second).UnixMilli(), "read": at(time.Minute).UnixMilli()}}}
	other.ID, other.CreatedAt, other.OccurredAt, other.Phase, other.Reason = refusedMessage, at(time.Hour), at(time.Hour).Unix(), message.Refused, message.OptedOut
	other.Grounds.Consent, other.Grounds.Unwanted, other.Grounds.At = "INACTIVE", message.OptedOut, at(time.Hour).UnixMilli()
	third.ID, third.CreatedAt, third.OccurredAt, third.Phase, third.Attempt = givenUp, at(2*time.Hour), at(2*time.Hour).Unix(), message.GivenUp, 2
	third.Due, third.Resent, third.Grounds.At = at(message.ReopenableFor+4*time.Hour), true, at(2*time.Hour).UnixMilli()
	third.Attempts = map[string]message.Attempt{
		"1": {Rank: message.RankFailed, ClaimedAt: at(2 * time.Hour).UnixMilli(), At: map[string]int64{"failed": at(3 * time.Hour).UnixMilli()}, Failure: message.Failure{Class: message.ClassTransient, Code: "1000"}},
		"2": {ClaimedAt: at(3 * time.Hour).UnixMilli(), PossibleDuplicate: true, Silence: message.SilenceQuiet},
	}
	for _, m := range []message.Message{one, other, third} {
		_, err := r.store.Decide(ctx, store.Decision{Message: m})
		must(err)
	}
	must(r.store.NoteOff(ctx, neem, "shipment/packed", "2026-11-20", store.StatusTimes{
		OrderID: store.OrderID(neem, storyOrder), Subject: "S-1", Times: map[string]int64{"packed": at(-time.Hour).Unix()}, ExpireAt: at(1000 * time.Hour),
	}))
	must(r.store.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{
		ID: store.ReplyID("gupshup", "gs-1", "in"), AccountID: neem, AppID: "gs-1", MessageID: readMessage, OrderID: storyOrder, Type: "button", Tap: true,
		Text: "Try again", At: at(2 * time.Minute), ExpireAt: at(1000 * time.Hour),
	}}))
	_, err := r.store.SaveConversation(ctx, conversation.Conversation{ID: customer, AccountID: neem, CustomerID: customer, ExpireAt: at(1000 * time.Hour), Actions: []conversation.Action{
		{ID: "a", Code: conversation.Reattempt, State: conversation.Refused, MessageID: readMessage, OrderID: storyOrder, Subject: "S-1", At: at(2 * time.Minute), Why: conversation.WhyDeclined},
	}})
	must(err)
}

// get asks for a path of the account as a viewer.
func (r *rig) get(status int, path string) string {
	r.t.Helper()
	return r.want(status, request{method: http.MethodGet, path: "/v1/accounts/" + neem + path, token: r.token("viewer", neem)}).Body
}

// TestOrdersAndMessages tells of an order and of messages what there is to tell; every answer is held to the description.
func TestOrdersAndMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()

	activity := r.get(http.StatusOK, "/orders/"+storyOrder+"/activity")
	for _, want := range []string{
		`"kind":"event","event":"shipment/packed","shipment":"S-1"`, `"decision":{"outcome":"refuse","because":"event_off"`, `"decision":{"outcome":"send","sentence"`,
		`"decision":{"outcome":"refuse","because":"opted_out"`, `"attempt":{"number":1,`, `"appId":"gs-1","template":"t-1"`, `"report":{"attempt":1,"status":"read","late":false,`,
		`"report":{"attempt":1,"status":"failed","late":false,"class":"transient","code":"1000",`, `"silence":"heartbeat"`, `"kind":"given_up"`, `"type":"button","tap":true,"label":"Try again"`,
		`"action":{"code":"ACTF001","mode":"whatsapp","state":"refused","at":"2026-11-20T04:52:12Z","by":"customer","why":"platform_refused","sentence":"The order platform does not take it.","advice":"Act on the order in the portal."}`,
	} {
		if !strings.Contains(activity, want) {
			t.Errorf("the activity lacks %s: %s", want, activity)
		}
	}
	explained := r.get(http.StatusOK, "/orders/"+storyOrder+"/explain")
	for _, want := range []string{
		`"orderNumber":"NC-20417","kept":true`, `"messageId":"` + refusedMessage + `"`, `"day":"2026-11-20","status":"event_off"`, `"name":"consent","outcome":"failed"`, `"status":"given_up"`,
	} {
		if !strings.Contains(explained, want) {
			t.Errorf("the explanation lacks %s: %s", want, explained)
		}
	}
	one := r.get(http.StatusOK, "/messages/"+refusedMessage+"/explain")
	if !strings.Contains(one, `"because":"opted_out"`) || !strings.Contains(one, `"settingsVersion":1`) {
		t.Errorf("got %s", one)
	}

	list := r.get(http.StatusOK, "/messages?limit=2")
	if !strings.Contains(list, `"next":"`) || strings.Count(list, `"messageId"`) != 2 || !strings.Contains(list, `"phone":"+91******0001"`) {
		t.Errorf("got %s", list)
	}
	refused := r.get(http.StatusOK, "/messages?state=refused&event=shipment/failed_delivery&app=gs-1&reason=opted_out&day=2026-11-20")
	if strings.Count(refused, `"messageId"`) != 1 || !strings.Contains(refused, refusedMessage) {
		t.Errorf("got %s", refused)
	}
	for _, body := range []string{activity, explained, one, list} {
		if strings.Contains(body, "9000000001") || strings.Contains(body, "Ira") {
			t.Errorf("personal data in %s", body)
		}
	}

	if answers := r.get(http.StatusOK, "/messages?event=session/failed_delivery"); strings.TrimSpace(answers) != `{"messages":[]}` {
		t.Errorf("got %s", answers)
	}
	for query, field := range map[string]string{"event=session/": "event", "state=lost": "state", "event=x": "event", "reason=x": "reason", "day=x": "day", "cursor=x": "cursor", "limit=0": "limit"} {
		r.named(http.StatusBadRequest, field, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/messages?" + query, token: r.token("viewer", neem)})
	}
	for _, missing := range []string{"/orders/1/activity", "/orders/1/explain", "/messages/" + strings.Repeat("f", 32) + "/explain", "/messages/x/explain"} {
		r.get(http.StatusNotFound, missing)
	}
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/899/messages", token: r.operator()})
}

// TestNothingKept says of an account without an app that nothing is kept.
func TestNothingKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	for _, what := range []string{"activity", "explain"} {
		if got := r.get(http.StatusOK, "/orders/1/"+what); !strings.Contains(got, `"kept":false,"explanation":{"sentence":"The account has no app`) {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

// TestReveal shows a number to support for a reason, and in the activity who was shown it.
func TestReveal(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()
	ask := request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/messages/" + readMessage + "/reveal", token: r.token("support", neem), body: `{"reason":"the shopper asked to be called back"}`}
	r.same(r.want(http.StatusOK, ask), `{"phone":"+919000000001"}`)
	if activity := r.get(http.StatusOK, "/orders/"+storyOrder+"/activity"); !strings.Contains(activity, `"reveal":{"by":"Asha Sample","reason":"the shopper asked to be called back"}`) {
		t.Errorf("got %s", activity)
	}
	if text := r.logs.String(); strings.Contains(text, "9000000001") || strings.Contains(text, "called back") {
		t.Errorf("the log has it: %s", text)
	}

	with := func(change func(*request)) request {
		q := ask
		change(&q)

		return q
	}
	r.want(http.StatusForbidden, with(func(q *request) { q.token = r.token("editor", neem) }))
	r.named(http.StatusBadRequest, "reason", with(func(q *request) { q.body = `{"reason":"why"}` }))
	r.named(http.StatusBadRequest, "reason", with(func(q *request) { q.body = `{}` }))
	r.want(http.StatusNotFound, with(func(q *request) { q.path = strings.Replace(q.path, readMessage, strings.Repeat("f", 32), 1) }))
	r.want(http.StatusRequestEntityTooLarge, with(func(q *request) { q.body = `{"reason":"` + string(make([]byte, 1<<20)) + `"}` }))
	r.want(http.StatusUnsupportedMediaType, with(func(q *request) { q.header = map[string]string{"Content-Type": "text/plain"} }))
}

// TestExplainShopper explains what was to be told to the shopper of a number, which stands in the body and in no log.
func TestExplainShopper(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()
	keyer := r.phoneKey()
	n, err := phone.FromE164("+919000000007")
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: strings.Repeat("3", 32), AccountID: neem, OrderID: storyOrder, Event: "shipment/failed_delivery", CreatedAt: start, Phase: message.Refused,
		Reason: message.OptedOut, CustomerID: store.CustomerID(neem, keyer.Key(n)),
	}})
	if err != nil {
		t.Fatal(err)
	}

	ask := func(body string) request {
		return request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/customers/explain", token: r.token("viewer", neem), body: body}
	}
	got := r.want(http.StatusOK, ask(`{"phone":"090000 00007"}`)).Body
	for _, want := range []string{`"kept":true,"consent":null,"because":"not_opted_in","explanation":{"sentence":"`, `"messageId":"33333333333333333333333333333333"`, `"because":"opted_out"`, `"older":false`} {
		if !strings.Contains(got, want) {
			t.Errorf("the answer lacks %s: %s", want, got)
		}
	}
	for _, body := range []string{`{}`, `{"phone":"Ira"}`, `{"phone":""}`} {
		r.named(http.StatusBadRequest, "phone", ask(body))
	}
	r.want(http.StatusRequestEntityTooLarge, ask(`{"phone":"`+string(make([]byte, 1<<20))+`"}`))
	with := func(change func(*request)) request {
		q := ask(`{"phone":"+919000000007"}`)
		change(&q)

		return q
	}
	r.want(http.StatusUnsupportedMediaType, with(func(q *request) { q.header = map[string]string{"Content-Type": "text/plain"} }))
	r.want(http.StatusForbidden, with(func(q *request) { q.token = r.token("editor", "899") }))
	r.want(http.StatusNotFound, with(func(q *request) { q.path, q.token = strings.Replace(q.path, neem, "899", 1), r.operator() }))
	if text := r.logs.String(); strings.Contains(text, "00007") {
		t.Errorf("the log has it: %s", text)
	}
}

// claimToday stores a message of the account that was delivered today through the platform's app.
func (r *rig) claimToday() {
	r.t.Helper()
	_, err := r.store.Decide(r.t.Context(), store.Decision{Message: message.Message{
		ID: "3123456789abcdef0123456789abcdef", AccountID: neem, Event: "shipment/failed_delivery", AppID: "gs-1", Provider: "gupshup",
		Ownership: message.Platform, Phone: "+919000000001", Phase: message.Claimed, Attempt: 1, Day: "2026-11-20", CreatedAt: r.clock.Now(),
		Attempts: map[string]message.Attempt{"1": {Rank: message.RankDelivered, At: map[string]int64{"delivered": r.clock.Now().UnixMilli()}}},
		Estimate: message.Estimate{Category: "utility", Micros: 115_000, Currency: "INR", Card: "meta-inr-in-2026q4"},
	}})
	if err != nil {
		r.t.Fatal(err)
	}
}
