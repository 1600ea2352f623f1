package monitoring_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// sending are scenes of messages, of what providers report and of what shoppers answer.
var sending = []scene{
	{name: "a message is sent, delivered and read", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
		r.CheckOne(b.t, message.StatusRead)
	}, want: []string{"metric sent", "metric webhook_latency"}},
	{name: "a message goes through the platform's app", play: func(b *book) {
		r := start(b, rig.Options{Shared: true})
		r.Clock.Advance(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC).Sub(rig.Start)) // in the quarter of the card that the product brings along
		data, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
		r.Must(err)
		r.Hand(r.Hooks, r.EventData(bytes.ReplaceAll(data, []byte(rig.UsualTime), []byte("2026-11-20 15:20:41"))))
		r.Settle(r.Hooks)
		r.CheckOne(b.t, message.StatusRead)
	}, want: []string{"metric sent", "metric spend", "metric webhook_latency"}},
	{name: "a message is refused", play: func(b *book) {
		r := start(b, rig.Options{Unsubscribed: true})
		r.Hand(r.Hooks, r.First())
	}, want: []string{"metric refused"}},
	{name: "a provider refuses a message", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Fault(simulator.Fault{Mode: chaos.Refuse, Status: http.StatusBadRequest, Message: "Template Not Found"})
		r.Hand(r.Hooks, r.First())
	}, want: []string{"metric failed"}},
	{name: "a message does not arrive", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Fault(*rig.FailCallback(131026))
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
	}, want: []string{"metric failed", "metric sent", "metric webhook_latency"}},
	{name: "a worker dies over a message of which nothing is reported", play: func(b *book) {
		o := rig.SilentWays()["Kaleyra without its callbacks"]
		r := start(b, o)
		dying := r.NewWorker(rig.Options{Logger: b.logger})
		dying.Faults.StrikeFirst("HTTP POST", rig.DieAfter, nil)
		r.Hand(dying, r.First())
		r.Settle(r.Hooks)
	}, want: []string{"alert given-up", "metric given_up", "metric in_doubt"}},
	{name: "an event is delivered again after its worker died", play: func(b *book) {
		r := start(b, rig.Options{})
		dying := r.NewWorker(rig.Options{Logger: b.logger})
		dying.Faults.StrikeFirst(rig.SendPath, rig.DieAfter, nil)

		event := r.First()
		r.Hand(dying, event)
		r.Clock.Advance(time.Minute)
		r.Push(r.Hooks.Notify, event.Message, 2)
	}, want: []string{"metric in_doubt"}},
	{name: "a webhook's answer is not signed", play: func(b *book) {
		r := start(b, rig.Options{Provider: "meta"})
		r.Post(r.Hooks, []byte("{}"))
	}, want: []string{"metric webhook_latency", "metric webhook_rejections"}},
	{name: "a message is dropped that waited", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
		r.Hand(r.Hooks, r.First())
		r.SubscribeShopper(consent.Withdraw)
		r.Settle(r.Hooks)
	}, want: []string{"metric refused"}},
	{name: "callbacks do not come through while a message is in doubt", play: func(b *book) {
		r := start(b, rig.Options{})
		dying := r.NewWorker(rig.Options{Logger: b.logger})
		dying.Faults.StrikeFirst(rig.SendPath, rig.DieAfter, nil)
		r.Hand(dying, r.First())

		for range 5 { // nothing of provider-events is delivered, heartbeats among it
			r.Clock.Advance(3 * time.Minute)
			sweep(r)
		}
	}, want: []string{"alert in-doubt", "metric in_doubt"}},
	{name: "a callback cannot be read", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Post(r.Hooks, []byte(`{"type":"message","payload":["STOP"]}`))
		r.ReceiveAll(r.Hooks)
	}, want: []string{"alert new-shape", "alert possible-stop", "metric new_shapes", "metric webhook_latency"}},
	{name: "a stranger posts to webhook", play: func(b *book) {
		r := start(b, rig.Options{})
		req := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, "/gupshup/guess", strings.NewReader("{}"))
		testkit.Serve(r.Hooks.Webhook, req)
	}, want: []string{"metric webhook_latency", "metric webhook_rejections"}},
	{name: "a shopper chooses another attempt", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
		choose(r)
	}, want: []string{"metric action_lag", "metric sent", "metric webhook_latency"}},
	{name: "the platform does not take a shopper's choice", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
		r.Fault(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: chaos.Unavailable})
		choose(r)

		for range 8 {
			r.Clock.Advance(10 * time.Minute)
			r.Round(r.Hooks)
		}
	}, want: []string{"alert action-late", "metric sent", "metric webhook_latency"}},
	{name: "a provider sends a field that is new", play: func(b *book) {
		r := start(b, rig.Options{})
		r.Notice(r.Hooks, rig.OwnApp, provider.Event{
			Kind:        provider.KindIgnored,
			UnreadField: &provider.UnreadField{Name: "weather_update", Shape: "{a:number}"},
		})
	}, want: []string{"metric unknown_fields"}},
	{name: "a provider sends a body of a form that is new", play: func(b *book) {
		r := start(b, rig.Options{})
		body, err := os.ReadFile(filepath.Join(root, "testdata/gupshup/webhook/delivered.json"))
		r.Must(err)
		r.Post(r.Hooks, bytes.Replace(body, []byte(`"type": "delivered",`), []byte(`"type": "delivered", "mood": 7,`), 1))
		r.ReceiveAll(r.Hooks)
	}, want: []string{"alert new-shape", "metric new_shapes", "metric webhook_latency"}},
	{name: "the store fails", play: func(b *book) {
		r := start(b, rig.Options{})
		_, err := r.Cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
		r.Must(err)
		r.Hand(r.Hooks, r.First())
	}, want: []string{"alert logged"}},
}

// choose has the rig's shopper tap on a message's button, and say that nothing is to be added.
func choose(r *rig.Rig) {
	r.T.Helper()

	for _, button := range []string{"Try again", "No, send it"} {
		_, err := r.Sim.Phones().Reply(rig.Shopper, simulator.Reply{Button: button})
		r.Must(err)

		for range 2 {
			r.Clock.Advance(20 * time.Second)
			r.Round(r.Hooks)
		}
	}
}
