package brands_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// caller is Anise Foods' bot.
func (r *rig) caller() simbot.Caller {
	return simbot.Caller{
		BaseURL: r.URL + "/brandapi", GuestID: r.Secret(lab.GuestPrefix + demo.AniseApp), Client: r.Parts.Client,
	}
}

// told reads an answer of the brand's API, which must have that status.
func told[T any](r *rig, a simbot.Answer, err error) T {
	r.Helper()
	r.Must(err)
	var v T
	if a.Status != http.StatusOK {
		r.Fatalf("the brand's API answered %d %s, want 200", a.Status, a.Body)
	}
	r.Must(json.Unmarshal(a.Body, &v))
	return v
}

// refused checks that the brand's API answers with the status in the documented shape.
func (r *rig) refused(what string, a simbot.Answer, err error, want int) {
	r.Helper()
	r.Must(err)
	var f struct {
		Status     string `json:"status"`
		StatusCode int    `json:"statusCode"`
	}
	r.Must(json.Unmarshal(a.Body, &f))
	if a.Status != want || f.Status != "failure" || f.StatusCode != want {
		r.Errorf("%s: got %d %s, want %d", what, a.Status, a.Body, want)
	}
}

// botOrder and botPerson are what the tests read of the answers.
type botOrder struct {
	ID           string `json:"id"`
	CancelReason string `json:"cancelReason"`
}

type botPerson struct {
	DisplayName string   `json:"displayName"`
	Email       string   `json:"email"`
	OrdersCount int      `json:"ordersCount"`
	LastOrder   botOrder `json:"lastOrder"`
}

func TestBotFindsWhatThePortalOrAnEventHasShown(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	s, bot, ctx := r.knownShopper(), r.caller(), t.Context()

	last, err := bot.LastOrders(ctx, s.Shipping.Phone)
	if got := told[[]botOrder](r, last, err); len(got) != 0 {
		t.Errorf("before anything was kept the bot is told of %d orders", len(got))
	}
	early, err := bot.CustomerByPhone(ctx, s.Shipping.Phone)
	r.refused("shopper before anything was kept", early, err, http.StatusBadRequest)

	r.subscribe(anise) // looks at the order on the portal, which keeps it
	for i := range 3 {
		// Three more orders of the same shopper; the platform tells of them by events.
		id := fmt.Sprintf("5123010%d", i)
		body := strings.NewReplacer(
			anise.order, id, s.Number, fmt.Sprintf("AF-7000%d", i), "#60818", fmt.Sprintf("#7000%d", i),
			"2024-02-10 05:35:02.0", fmt.Sprintf("2024-03-1%d 05:35:02.0", i),
		).Replace(string(r.orderJSON(anise)))
		r.Simulator.Platform().PutOrder(id, []byte(body))
		later := s
		later.Number = fmt.Sprintf("AF-7000%d", i)
		b := brand{anise.name, anise.account, id}
		r.happen(b, later, "shipment/created", i)
		r.logged(b, i, message.StatusAccepted)
	}

	found, err := bot.Order(ctx, "60818")
	if got := told[botOrder](r, found, err); got.ID != s.Number {
		t.Errorf("found the order %q, want %q", got.ID, s.Number)
	}
	last, err = bot.LastOrders(ctx, "+91 "+s.Shipping.Phone)
	var ids []string
	for _, o := range told[[]botOrder](r, last, err) {
		ids = append(ids, o.ID)
	}
	if diff := cmp.Diff([]string{"AF-70002", "AF-70001", "AF-70000"}, ids); diff != "" {
		t.Errorf("last orders (-want +got):\n%s", diff)
	}
	byPhone, err := bot.CustomerByPhone(ctx, s.Shipping.Phone)
	person := told[botPerson](r, byPhone, err)
	if person.DisplayName != s.Shipping.Name || person.Email != s.Shipping.Email || person.OrdersCount != 4 {
		t.Errorf("by phone: a shopper with %d orders, want the order's own with 4", person.OrdersCount)
	}
	byMail, err := bot.CustomerByEmail(ctx, strings.ToUpper(s.Shipping.Email))
	if diff := cmp.Diff(person, told[botPerson](r, byMail, err)); diff != "" {
		t.Errorf("by e-mail address the shopper is another (-phone +mail):\n%s", diff)
	}
}

func TestBotSeesItsOwnAccountOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	ctx := t.Context()
	s := r.subscribe(anise)
	foreign := r.subscribe(neem)
	own := r.caller()
	a, err := own.Order(ctx, s.Number)
	told[botOrder](r, a, err)

	for what, key := range map[string]string{
		"no key": "", "wrong key": "nobody's key", "the outbound key": r.Secret("businessonbot-anise-guest-key"),
	} {
		bot := own
		bot.GuestID = key
		a, err = bot.Order(ctx, s.Number)
		r.refused(what, a, err, http.StatusUnauthorized)
		a, err = bot.Cancel(ctx, s.Number, "")
		r.refused(what, a, err, http.StatusUnauthorized)
	}
	r.Must(r.Parts.Store.PutGuestKey(ctx, "guest key of neem", demo.NeemID, time.Now()))
	others := own
	others.GuestID = "guest key of neem"
	a, err = others.Order(ctx, foreign.Number)
	told[botOrder](r, a, err)
	for what, ask := range map[string]func() (simbot.Answer, error){
		"order by number": func() (simbot.Answer, error) { return others.Order(ctx, s.Number) },
		"order by id":     func() (simbot.Answer, error) { return others.Order(ctx, anise.order) },
		"shopper":         func() (simbot.Answer, error) { return others.CustomerByPhone(ctx, s.Shipping.Phone) },
		"e-mail address":  func() (simbot.Answer, error) { return others.CustomerByEmail(ctx, s.Shipping.Email) },
		"cancellation":    func() (simbot.Answer, error) { return others.Cancel(ctx, s.Number, "") },
	} {
		a, err = ask()
		r.refused(what+" of another account", a, err, http.StatusBadRequest)
	}
	a, err = others.LastOrders(ctx, s.Shipping.Phone)
	if got := told[[]botOrder](r, a, err); len(got) != 0 {
		t.Errorf("another account is told of %d orders", len(got))
	}
}

// knownShopper reads the shopper off the order, without anybody having looked at it.
func (r *rig) knownShopper() shopper {
	r.Helper()
	var s shopper
	r.Must(json.Unmarshal(r.orderJSON(anise), &s))
	return s
}

func (r *rig) orderJSON(b brand) []byte {
	r.Helper()
	raw, err := testdata.Files.ReadFile("orders/" + b.order + ".json")
	r.Must(err)
	return raw
}

func TestBotCancelsOnceAndItDoesNotLoopBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	ctx := t.Context()
	requests, events := make(chan string, 100), make(chan string, 100)
	r.Cloud.PubSub().OnPublish(func(topic string, m *pubsubpb.PubsubMessage) {
		switch {
		case strings.HasSuffix(topic, "/"+world.OrderActions):
			requests <- string(m.GetData())
		case strings.HasSuffix(topic, "/"+world.OrderEvents):
			events <- string(m.GetData())
		}
	})
	r.switchOn(anise, "shipment/cancelled_order")
	s := r.subscribe(anise)
	bot := r.caller()
	a, err := bot.Cancel(ctx, s.Number, "ordered twice")
	r.refused("an order that may not be cancelled", a, err, http.StatusBadRequest)
	r.Rest()
	if len(requests) != 0 {
		t.Fatalf("what may not be cancelled made %d requests", len(requests))
	}
	open := strings.ReplaceAll(string(r.orderJSON(anise)), `"isCancellable": false`, `"isCancellable": true`)
	r.Simulator.Platform().PutOrder(anise.order, []byte(open))
	for range 2 {
		a, err = bot.Cancel(ctx, s.Number, "ordered twice")
		if got := told[botPerson](r, a, err); got.LastOrder.CancelReason != "ordered twice" {
			t.Errorf("the bot is told the reason %q", got.LastOrder.CancelReason)
		}
		r.Rest()
	}
	if len(requests) != 1 || len(events) != 1 {
		t.Fatalf("%d requests to the platform and %d events of it, want 1 and 1", len(requests), len(events))
	}
	var request struct {
		Action    string `json:"action"`
		Actor     string `json:"actor"`
		Mode      string `json:"mode"`
		OrderID   string `json:"orderId"`
		AccountID string `json:"accountId"`
	}
	r.Must(json.Unmarshal([]byte(<-requests), &request))
	if request.Action != "cancel_order" || request.Actor != "bot" || request.Mode != "whatsapp" ||
		request.OrderID != anise.order || request.AccountID != anise.account {
		t.Errorf("the request is %+v", request)
	}
	entries := r.log(anise)
	if len(entries) != 1 || entries[0].Event != "shipment/cancelled_order" || entries[0].Status != message.StatusAccepted {
		t.Errorf("the send log holds %s, want the cancellation, accepted", describe(entries))
	}
	if got := r.bot(s.Number); len(got) != 1 || got[0].Endpoint != "orders-cancelled" {
		t.Errorf("BusinessOnBot was told %d things, want the cancellation", len(got))
	}
}

// TestWholeOrdersAreToldOnce has an order of two shipments made and cancelled: the platform tells of each shipment,
// BusinessOnBot of the order, once.
func TestWholeOrdersAreToldOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.switchOn(anise, "shipment/cancelled_order")
	r.switchOn(anise, "shipment/packed")
	s := r.subscribe(anise)
	two := strings.NewReplacer(
		`"isCancellable": false`, `"isCancellable": true`, `"externalShipmentIds": [`, `"externalShipmentIds": ["`+s.Number+`-2", `,
	).Replace(string(r.orderJSON(anise)))
	r.Simulator.Platform().PutOrder(anise.order, []byte(two))
	second := s
	second.Shipment = s.Number + "-2"
	for n, of := range []shopper{s, second} {
		r.happen(anise, of, "shipment/created", 2*n)
		r.happen(anise, of, "shipment/packed", 2*n+1)
		r.Rest()
	}
	a, err := r.caller().Cancel(t.Context(), s.Number, "ordered twice")
	told[botPerson](r, a, err)
	r.Rest()

	var endpoints []string
	for _, got := range r.bot(s.Number) {
		endpoints = append(endpoints, got.Endpoint)
	}
	slices.Sort(endpoints)
	want := []string{"fulfillments-create", "fulfillments-create", "orders-cancelled", "orders-create"}
	if diff := cmp.Diff(want, endpoints); diff != "" {
		t.Errorf("BusinessOnBot was told (-want +got):\n%s", diff)
	}
	logged := map[string]int{}
	for _, e := range r.log(anise) {
		logged[e.Event+" "+string(e.Status)+" "+string(e.Reason)]++
	}
	expected := map[string]int{
		"shipment/created accepted ": 1, "shipment/packed accepted ": 2,
		"shipment/cancelled_order accepted ": 1, "shipment/cancelled_order refused already_told": 1,
	}
	if diff := cmp.Diff(expected, logged); diff != "" {
		t.Errorf("the send log (-want +got):\n%s", diff)
	}
}

// switchOn has the account send for an event that it did not send for.
func (r *rig) switchOn(b brand, event string) {
	r.Helper()
	a, err := r.Parts.Store.Account(r.Context(), b.account)
	r.Must(err)
	setting := a.Events[event]
	setting.Enabled = true
	a.Events[event] = setting
	r.Must(r.Parts.Store.PutAccount(r.Context(), a))
}

// TestDeliveryEventsOff holds that what a brand's settings keep from BusinessOnBot is refused as such, and is no failure.
func TestDeliveryEventsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	a, err := r.Parts.Store.Account(t.Context(), anise.account)
	r.Must(err)
	a.Apps[demo.AniseApp].ProviderIDs[businessonbot.KeyDeliveryEvents] = "off"
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))
	s := r.subscribe(anise)
	r.happen(anise, s, "shipment/delivered", 0)
	if e := r.logged(anise, 0, message.StatusRefused); e.Reason != message.UnsupportedByProvider {
		t.Errorf("refused as %q, want %q", e.Reason, message.UnsupportedByProvider)
	}
	if got := r.bot(s.Number); len(got) != 0 {
		t.Errorf("BusinessOnBot was told %d things, want none", len(got))
	}
}

// TestEventsWithoutTimeAreToldWithOne holds that an event which names no time is told with the one it was published at:
// BusinessOnBot has a time for every delivery and every cancellation, and documents neither as optional.
func TestEventsWithoutTimeAreToldWithOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.switchOn(anise, "shipment/cancelled_order")
	s := r.subscribe(anise)
	began := time.Now().Add(-time.Minute)
	for _, subType := range []string{"out_for_delivery", "cancelled_order"} {
		r.call(http.MethodPost, "/local/events", map[string]any{
			"resource": "shipment", "eventType": "PUT", "eventSubType": subType, "accountSlug": s.Slug, "version": "v1",
			"response_data": map[string]any{
				"customerOrderNumber": s.Number, "externalShipmentID": s.Number + "-1", "order_id": json.Number(anise.order),
				"account_id": json.Number(anise.account), "status": subType, "customerContactNumber": s.Shipping.Phone,
			},
		}, http.StatusAccepted, nil)
		r.Rest()
	}
	all := r.bot(s.Number)
	if len(all) != 2 {
		t.Fatalf("BusinessOnBot was told %d things, want 2: %s", len(all), describe(r.log(anise)))
	}
	for _, got := range all {
		var body struct {
			Delivered time.Time `json:"delivered_at"`
			Cancelled time.Time `json:"cancelledAt"`
		}
		r.Must(json.Unmarshal(got.Body, &body))
		at := body.Delivered
		if got.Endpoint == "orders-cancelled" {
			at = body.Cancelled
		}
		if at.Before(began) || at.After(time.Now().Add(time.Minute)) {
			t.Errorf("%s: told at %s, want about now", got.Endpoint, at)
		}
	}
}

// TestAbandonedCart has a cart left behind three times: while the event is off, without consent to marketing, and with it.
func TestAbandonedCart(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	s := r.subscribe(anise)
	keys, err := r.Parts.Keys(t.Context())
	r.Must(err)
	leave := func(n int) message.Message {
		t.Helper()
		raw, err := testdata.Files.ReadFile("events/cart-abandoned.json")
		r.Must(err)
		body := []byte(strings.NewReplacer(
			"neem-and-co", s.Slug, `"account_id": 811`, `"account_id": 815`, "9000000001", s.Shipping.Phone, "Ira Sample", s.Shipping.Name,
			"CHK-90001", fmt.Sprintf("CHK-9000%d", n),
		).Replace(string(raw)))
		event, err := order.ParseEvent(body, nil, nil)
		r.Must(err)
		status, answer := r.Do(http.MethodPost, "/local/events", body)
		if status != http.StatusAccepted {
			t.Fatalf("the event was answered %d %s", status, answer)
		}
		r.Rest()
		m, err := r.Parts.Store.Message(t.Context(), keys.Occurrence.Occurrence(anise.account, event))
		if err != nil && n > 1 {
			t.Fatalf("cart %d: %v", n, err)
		}
		return m
	}
	if m := leave(1); m.ID != "" {
		t.Errorf("a cart is logged as %s while its event is off", m.Status())
	}
	r.switchOn(anise, "cart/abandoned")
	if m := leave(2); m.Status() != message.StatusRefused || m.Reason != message.NotOptedIn {
		t.Errorf("without consent to marketing: got %s %s, want refused, not_opted_in", m.Status(), m.Reason)
	}
	c := r.customer(anise, s)
	entry, next, _ := consent.Record(c.Consent, consent.Entry{
		Action: consent.Grant, Source: consent.API, Purpose: consent.Marketing, Actor: "brand", OccurredAt: time.Now(), RecordedAt: time.Now(),
	})
	r.Must(r.Parts.Store.ChangeConsent(t.Context(), c, next, entry...))
	if m := leave(3); m.Status() != message.StatusAccepted {
		t.Errorf("with consent to marketing: got %s %s, want accepted", m.Status(), m.Reason)
	}
	for n, want := range map[int]int{1: 0, 2: 0, 3: 1} {
		got := r.bot(fmt.Sprintf("CHK-9000%d", n))
		if len(got) != want || want == 1 && got[0].Endpoint != "abandoned-cart" {
			t.Errorf("cart %d: BusinessOnBot was told %d times, want %d", n, len(got), want)
		}
	}
}
