package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// deadTopicsForTests are the topics as they are named without any variable.
func deadTopicsForTests() []deadletter.Topic {
	var e wire.DeadTopics
	e.Events.Topic, e.Events.Dead = "order-events", "order-events-dead"
	e.Callbacks.Topic, e.Callbacks.Dead = "provider-events", "provider-events-dead"
	e.Outcomes.Endings = "message-outcomes"

	return e.Topics()
}

// keep publishes a dead letter of a topic, with the attributes of one that no parser read and others.
func (r cmdRig) keep(source, data string, attributes map[string]string) {
	r.t.Helper()

	var subs []cloud.Subscription
	for _, name := range []string{source, source + "-dead"} {
		subs = append(subs, cloud.Subscription{
			Name: "projects/" + r.project + "/subscriptions/" + name + "-kept", Topic: "projects/" + r.project + "/topics/" + name,
		})
	}
	if err := r.local.EnsureSubscriptions(r.t.Context(), subs); err != nil {
		r.t.Fatal(err)
	}

	all := map[string]string{
		"source": source, "received": now.Add(-2 * time.Hour).Format(time.RFC3339Nano), "CloudPubSubDeadLetterSourceDeliveryCount": "1",
	}
	maps.Copy(all, attributes)

	p := r.topics.Publisher(source+"-dead", queue.Options{})
	if _, err := p.Publish(r.t.Context(), queue.Message{Data: []byte(data), Attributes: all}); err != nil {
		r.t.Fatal(err)
	}
}

// pulled returns what a subscription has, and leaves it there.
func (r cmdRig) pulled(subscription string) []queue.KeptMessage {
	r.t.Helper()

	held, err := r.topics.Kept(subscription, r.keeping).Pull(r.t.Context(), 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	if err = held.Release(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}

	return held.Messages
}

// letter returns the id of the oldest dead letter of a topic.
func (r cmdRig) letter(source string) string { return r.pulled(source + "-dead-kept")[0].ID }

const (
	aReply = `{"entry":[{"from":"919000000001","text":{"body":"Please STOP, says Ira"},"Asha Sample":1,"n9000000001":true,"seconds":12,"none":null,"empty":""}]}`
	anApp  = "gupshup-neem"
)

// TestDeadLettersAreListedByGroups lists letters of two topics: those of the same form and kind are one group, whose letters can be listed one by one. Nothing of
// a shopper is printed.
func TestDeadLettersAreListedByGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	attributes := map[string]string{"kind": "raw", "provider": "gupshup", "app": anApp, "account": "811"}
	r.keep("order-events", "nonsense", nil)
	r.keep("order-events", "longer nonsense", nil)
	r.keep("provider-events", aReply, attributes)
	r.keep("provider-events", aReply, attributes)
	attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = "20"
	attributes["account"] = "+919000000001"
	r.keep("provider-events", aReply, attributes)

	said := r.mustRun("dead-letters", "all")
	for _, want := range []string{
		"order-events: 2 dead letters\n", "2 letters, the oldest 2h0m0s old: no parser read it\n    no JSON\n", "provider-events: 3 dead letters\n",
		"1 letter, the oldest 2h0m0s old: 20 deliveries failed; may hold a shopper's message\n", "    kind raw, provider gupshup, app gupshup-neem, account 811\n", "account unreadable\n",
		"    {entry:[{unreadable:number,empty:string,from:string,",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwithout %q", said, want)
		}
	}
	if strings.Contains(said, "message-outcomes") {
		t.Errorf("got\n%s\nwith a topic that is not there", said)
	}

	group := regexp.MustCompile(`(?m)^  (g[0-9a-f]{8})  2 letters`).FindAllStringSubmatch(r.mustRun("dead-letters", "provider-events"), -1)
	if len(group) != 1 {
		t.Fatalf("got %q, want one group of two", group)
	}
	one := r.mustRun("dead-letters", "provider-events/"+group[0][1])
	if got := strings.Count(one, "  provider-events/"); got != 2 || !strings.Contains(one, "received 2026-11-20T02:50:12Z, no parser read it\n") {
		t.Errorf("got\n%s\nwith %d letters, want two", one, got)
	}

	for _, word := range []string{"9000000001", "STOP", "Ira", "Asha"} {
		if strings.Contains(said+one, word) {
			t.Errorf("got %q in\n%s%s", word, said, one)
		}
	}

	for subject, want := range map[string]string{
		"provider-events/gffffffff": "there is no such dead letter", "order-event": "came from: order-events, provider-events, message-outcomes",
		"message-outcomes": "subscription message-outcomes-bigquery-dead-kept",
	} {
		if _, err := r.run("dead-letters", subject); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", subject, err, want)
		}
	}
	if got := len(r.pulled("provider-events-dead-kept")); got != 3 {
		t.Errorf("afterwards %d are kept, want 3", got)
	}
}

// TestDeadLetterIsShownMasked shows a letter: masked, and with -clear as it is, which leaves a note.
func TestDeadLetterIsShownMasked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("provider-events", aReply, map[string]string{"kind": "raw", "app": "9000000001"})
	r.keep("provider-events", "STOP says Ira", nil)
	subject := "provider-events/" + r.letter("provider-events")

	said := r.mustRun("dead-letter", subject)
	for _, want := range []string{
		"dead letter " + subject + " of group g", "  kind: raw\n", "  app: unreadable\n", `"from": "12 digits"`, `"body": "21 characters"`,
		`"seconds": "number"`, `"unreadable 1": "number"`, `"unreadable 4": true`, `"none": null`, `"empty": ""`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwithout %q", said, want)
		}
	}
	other := r.mustRun("dead-letter", "provider-events/"+r.pulled("provider-events-dead-kept")[1].ID)
	if !strings.HasSuffix(other, "no JSON, 13 bytes\n") {
		t.Errorf("of a text: got %q", other)
	}
	for _, word := range []string{"9000000001", "STOP", "Ira", "Asha"} {
		if strings.Contains(said+other, word) {
			t.Errorf("got %q in\n%s%s", word, said, other)
		}
	}

	if said = r.mustRun("dead-letter", subject, "-clear", "-n"); strings.Contains(said, "STOP") || len(r.notes()) != 0 {
		t.Errorf("with -clear and -n: got %q", said)
	}
	if said = r.mustRun("dead-letter", subject, "-clear"); !strings.HasSuffix(said, aReply+"\n") {
		t.Errorf("with -clear: got %q", said)
	}
	if left := r.notes(); len(left) != 1 || left[0].Subject != subject || left[0].Result != "shown as it is: asked for with ops dead-letter -clear" {
		t.Errorf("with -clear: left %+v", left)
	}

	for _, wrong := range []string{"provider-events", "provider-events/", "all/1", "provider-events/1", "nowhere/1"} {
		if _, err := r.run("dead-letter", wrong); err == nil {
			t.Errorf("%s: got no error", wrong)
		}
	}
}

// TestDeadLettersAreReplayed publishes letters again: only said with -n, then those of a group, then all, with their attributes, and those alone that
// are Pub/Sub's own left out.
func TestDeadLettersAreReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("order-events", `{"a":1}`, map[string]string{"retryTicket": "x"})
	r.keep("order-events", `{"b":1}`, nil)
	r.keep("order-events", `{"b":2}`, nil)
	first := r.pulled("order-events-dead-kept")
	group := deadletter.Letter{KeptMessage: first[1], Source: "order-events", Callback: false}.Group()

	r.mustRun("keys")
	said := r.mustRun("dead-letter-replay", "-n", "order-events/"+group)
	if strings.Count(said, " would be unknown_event, which changes nothing\n") != 2 || len(r.pulled("order-events-kept")) != 0 {
		t.Errorf("with -n: got %q", said)
	}

	if said = r.mustRun("dead-letter-replay", "order-events/"+group); said != "2 dead letters published to order-events again\n" {
		t.Errorf("a group: got %q", said)
	}
	if left := r.pulled("order-events-dead-kept"); len(left) != 1 || left[0].ID != first[0].ID {
		t.Errorf("after the group: left %+v", left)
	}

	r.mustRun("dead-letter-replay", "order-events")
	if left := r.pulled("order-events-dead-kept"); len(left) != 0 {
		t.Errorf("after all: left %+v", left)
	}
	again := r.pulled("order-events-kept")
	if len(again) != 3 || string(again[2].Data) != `{"a":1}` || !cmp.Equal(again[2].Attributes, first[0].Attributes) {
		t.Errorf("published %+v, want all three with their attributes", again)
	}
	if said = r.mustRun("dead-letter-replay", "order-events"); said != "order-events: no dead letters: "+heldElsewhere+"\n" {
		t.Errorf("of none: got %q", said)
	}

	for _, wrong := range []string{"all", "order-events/", "order-events/1", "nowhere"} {
		for _, verb := range []string{"dead-letter-replay", "dead-letter-drop"} {
			if _, err := r.run(verb, wrong); err == nil {
				t.Errorf("%s %s: got no error", verb, wrong)
			}
		}
	}
}

// TestAReplayThatIsCutOffLosesNothing has each call of a replay fail in turn, before and after it was done, and ends the replay there, as a killed
// process would. Whatever is left is replayed then: every letter is published at least once, and none is left.
func TestAReplayThatIsCutOffLosesNothing(t *testing.T) {
	t.Parallel()

	const letters = 2*deadletter.AtOnce + 1

	for _, method := range []string{"Publisher/Publish", "Subscriber/Acknowledge", "Subscriber/ModifyAckDeadline", "Subscriber/Pull", "Firestore/Commit"} {
		for _, mode := range []cloud.Mode{cloud.FailBefore, cloud.FailAfter} {
			for skip := range 3 {
				t.Run(fmt.Sprintf("%s_%s_%d", strings.ReplaceAll(method, "/", "_"), mode, skip), func(t *testing.T) {
					t.Parallel()
					r := newRig(t)
					for i := range letters {
						r.keep("order-events", fmt.Sprint(i), nil)
					}

					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()

					r.local.Rules().Add(cloud.Rule{ID: "cut", Method: method, Skip: skip, Mode: mode, Code: codes.PermissionDenied})
					_ = r.do(ctx, command{name: "dead-letter-replay", subject: "order-events"})
					r.local.Rules().Remove("cut")
					r.advance(2 * time.Minute) // what the killed process held comes back

					r.mustRun("dead-letter-replay", "order-events")
					if left := r.pulled("order-events-dead-kept"); len(left) != 0 {
						t.Errorf("%d are left", len(left))
					}

					arrived := map[string]bool{}
					for _, m := range r.pulled("order-events-kept") {
						arrived[string(m.Data)] = true
					}
					if len(arrived) != letters {
						t.Errorf("%d of %d were published", len(arrived), letters)
					}
				})
			}
		}
	}
}
