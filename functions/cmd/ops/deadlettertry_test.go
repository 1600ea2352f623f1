package main

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// opsOn returns the commands on the whole product, as a rig has it.
func opsOn(t *testing.T, p *rig.Rig) cmdRig {
	t.Helper()

	topics := queue.NewClient(world.Project, p.Cloud.ClientOptions()...)
	testkit.AtEnd(t, func() { _ = topics.Close() })

	out := &bytes.Buffer{}

	return cmdRig{t: t, out: out, local: p.Cloud, project: world.Project, advance: p.Clock.Advance, ops: ops{
		store:       p.Parts.Store,
		secrets:     p.Parts.Secrets,
		providers:   p.Parts.Providers,
		clock:       p.Clock,
		zone:        config.IST,
		own:         own,
		out:         out,
		hints:       out,
		who:         "asha@desk",
		topics:      topics,
		dead:        deadTopicsForTests(),
		keeping:     queue.KeptOptions{Patience: 200 * time.Millisecond},
		client:      p.Parts.Client,
		timeout:     5 * time.Second,
		news:        world.AccountNews,
		environment: config.Map(map[string]string{"BASIL_KEY": basilKey}),

		webhookURL: p.WebhookURL(),
		scratch: func(ctx context.Context) (*scratch.Scratch, error) {
			return scratch.Open(ctx, scratch.Options{
				Project:     world.Project,
				Environment: config.Map(nil),
				Real:        p.Cloud.ClientOptions(),
				Secrets:     p.Parts.Secrets,
				Clock:       p.Clock,
			})
		},
	}}
}

// TestAReplayIsTriedFirst says with -n what would come of each dead letter: an event that is sent, its repetition, the next one, which a STOP among the
// letters refuses, and nonsense. Nothing of it happens: a STOP that is only tried withdraws nothing. The replay does what was said.
func TestAReplayIsTriedFirst(t *testing.T) {
	t.Parallel()
	p := rig.New(t, rig.Options{})
	r := opsOn(t, p)

	event := string(p.First().Message.GetData())
	_, stop := p.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
	p.Post(p.Hooks, stop)
	said := p.Take(world.ProviderEvents)[0].Message

	// The copy of the template is stored at its first use.
	if code := p.Push(p.Hooks.Notify, p.Second().Message, 1); code/100 != 2 {
		t.Fatalf("the first message: got %d", code)
	}

	r.keep("order-events", event, nil)
	r.keep("order-events", event, nil)
	r.keep("order-events", "nonsense", nil)
	r.keep("provider-events", string(said.GetData()), said.GetAttributes())

	before, accepted := r.all(), p.Sim.Log().AcceptedCount()
	tried := r.mustRun("dead-letter-replay", "-n", "order-events")

	for _, want := range []string{
		" would be sent through gupshup: shipment/failed_delivery of order 51230077, account 811, which changes callbacks, customers, messages, orders\n",
		" would be duplicate", " stays unreadable: ", "3 dead letters: 1 duplicate, 1 sent, 1 still unreadable\nnothing is written, as -n wants it\n",
	} {
		if !strings.Contains(tried, want) {
			t.Errorf("got\n%s\nwithout %q", tried, want)
		}
	}

	tried = r.mustRun("dead-letter-replay", "-n", "provider-events")
	if !strings.Contains(tried, "would be stored stop, which changes consents, customerIds, customers, replies\n") {
		t.Errorf("a STOP: got\n%s", tried)
	}
	if !maps.Equal(r.all(), before) || p.Sim.Log().AcceptedCount() != accepted {
		t.Error("with -n something was written or sent")
	}

	r.mustRun("dead-letter-replay", "provider-events")
	p.ReceiveAll(p.Hooks)

	if tried = r.mustRun("dead-letter-replay", "-n", "order-events"); !strings.Contains(tried, "would be refused as opted_out: shipment/failed_delivery of order 51230077, account 811") {
		t.Errorf("after the STOP: got\n%s", tried)
	}

	r.mustRun("dead-letter-replay", "order-events")
	p.Deliver(world.OrderEvents, p.Hooks.Notify)
	if p.Sim.Log().AcceptedCount() != accepted {
		t.Error("the replay has sent what it said is refused")
	}
}
