package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// ReceiveAll delivers what is queued of provider-events once. What the worker did not acknowledge, or died over, is queued
// again.
func (r *Rig) ReceiveAll(w *Worker) {
	for _, q := range r.Take(world.ProviderEvents) {
		q.attempt++
		if code := r.Push(w.Receive, q.Message, q.attempt); code/100 != 2 || w.Faults.isDead() {
			r.giveBack(world.ProviderEvents, q)
		}
	}
}

// Again delivers everything ever published to provider-events once more, as Pub/Sub may.
func (r *Rig) Again(w *Worker) {
	for _, m := range r.Published(world.ProviderEvents) {
		r.Push(w.Receive, m, 2)
	}
}

// Parcel is the order and failed delivery of one more shopper, so that many can be sent in one rig.
type Parcel struct{ Phone, Order, Number string }

// ParcelOf returns parcel n.
func ParcelOf(n int) Parcel {
	return Parcel{
		Phone: fmt.Sprint(919000002000 + n), Order: fmt.Sprint(52000000 + n), Number: fmt.Sprintf("NP-%05d", n),
	}
}

// Event returns the parcel's failed delivery, at a time in India's zone.
func (p Parcel) Event(at string) []byte {
	data, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		panic(err)
	}

	for _, r := range []struct{ old, by string }{
		{"9000000001", strings.TrimPrefix(p.Phone, "91")},
		{"51230077", p.Order},
		{"NC-20417", p.Number},
		{"2024-02-13 15:20:41", at},
	} {
		data = bytes.ReplaceAll(data, []byte(r.old), []byte(r.by))
	}

	return data
}

// UsualTime is when the fixture's failed delivery happened, in India's zone.
const UsualTime = "2024-02-13 15:20:41"

// Altered returns a failed delivery whose subject was changed.
func (r *Rig) Altered(change func(subject map[string]any)) []byte {
	r.T.Helper()

	data, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	r.Must(err)
	var event map[string]any
	r.Must(json.Unmarshal(data, &event))
	subject, ok := event["response_data"].(map[string]any)
	if !ok {
		r.T.Fatal("the fixture has no response_data")
	}

	change(subject)

	data, err = json.Marshal(event)
	r.Must(err)

	return data
}

// Another returns a failed delivery of another shipment of the same order.
func (r *Rig) Another(n int) []byte {
	return r.Altered(func(s map[string]any) { s["externalShipmentID"] = fmt.Sprintf("NC-20417-6120-%d", n) })
}

// Notice hands a provider's event to a worker as webhook publishes it, and returns the status of receive's answer.
func (r *Rig) Notice(w *Worker, of store.Webhook, e provider.Event) int {
	r.T.Helper()

	data, err := json.Marshal(e)
	r.Must(err)

	return r.Push(w.Receive, &pb.PubsubMessage{
		Data:        data,
		MessageId:   "notice",
		PublishTime: timestamppb.New(r.Clock.Now()),
		Attributes: map[string]string{
			provider.AttributeKind:     string(e.Kind),
			provider.AttributeProvider: of.Provider,
			provider.AttributeApp:      of.AppID,
			provider.AttributeAccount:  of.AccountID,
		},
	}, 1)
}

// OwnApp is the webhook of the rig's app at Gupshup.
var OwnApp = store.Webhook{Provider: gupshup.Name, AppID: AppID, AccountID: BrandID}

// ActivityIDs returns the ids of all activity events published so far, in order.
func (r *Rig) ActivityIDs() []string {
	var ids []string
	for _, m := range r.Published(world.CustomerNotifications) {
		ids = append(ids, m.GetAttributes()["id"])
	}
	return ids
}

// Queued is a message that waits for its delivery.
type Queued struct {
	Message *pb.PubsubMessage
	attempt int
}

// Published returns everything that was ever published to a topic.
func (r *Rig) Published(topic string) []*pb.PubsubMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all[topic])
}

// Take removes what is queued for a topic and returns it.
func (r *Rig) Take(topic string) []*Queued {
	r.mu.Lock()
	defer r.mu.Unlock()

	all := r.queues[topic]
	r.queues[topic] = nil

	return all
}

// giveBack queues a message again.
func (r *Rig) giveBack(topic string, q *Queued) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.queues[topic] = append(r.queues[topic], q)
}

// QueuedAt returns how many messages are queued for a topic.
func (r *Rig) QueuedAt(topic string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queues[topic])
}

// Deliver delivers all that is queued for a topic once. What is not acknowledged is queued again.
func (r *Rig) Deliver(topic string, h http.Handler) {
	for _, q := range r.Take(topic) {
		q.attempt++
		if code := r.Push(h, q.Message, q.attempt); code/100 != 2 {
			r.giveBack(topic, q)
		}
	}
}

// Event publishes a platform event of testdata and takes it off the queue, for the test to deliver.
func (r *Rig) Event(name string) *Queued {
	r.T.Helper()

	data, err := testdata.Files.ReadFile("events/" + name + ".json")
	r.Must(err)
	return r.EventData(data)
}

// EventData publishes a platform event and takes it off the queue, for the test to deliver.
func (r *Rig) EventData(data []byte) *Queued {
	r.T.Helper()
	_, err := pb.NewPublisherClient(r.conn()).Publish(r.T.Context(), &pb.PublishRequest{
		Topic: "projects/" + world.Project + "/topics/" + world.OrderEvents, Messages: []*pb.PubsubMessage{{Data: data}},
	})
	r.Must(err)

	all := r.Take(world.OrderEvents)
	for _, q := range all[:len(all)-1] {
		r.giveBack(world.OrderEvents, q)
	}

	return all[len(all)-1]
}

// First publishes the event that the rig's provider is tried with.
func (r *Rig) First() *Queued {
	r.T.Helper()
	return r.Event(r.Vendor.event)
}

// Second publishes another occurrence for the same shopper, of the same kind as First.
func (r *Rig) Second() *Queued {
	r.T.Helper()
	if r.Vendor.event == failedOnce {
		return r.Event("shipment-failed_delivery-second")
	}

	data, err := testdata.Files.ReadFile("events/" + r.Vendor.event + ".json")
	r.Must(err)

	return r.EventData(bytes.ReplaceAll(data, []byte("NC-20417-6120-311"), []byte("NC-20417-6120-312")))
}

// StatusNotice returns the event of a status that happened, and that webhook took, that long before the rig's present time.
func (r *Rig) StatusNotice(s provider.StatusEvent, age time.Duration) provider.Event {
	at := r.Clock.Now().Add(-age).UnixMilli()

	return provider.Event{
		Kind:       provider.KindStatus,
		At:         at,
		ReceivedAt: at,
		Status:     &s,
	}
}
