package kill_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var seedFlag = flag.Uint64("seed", 0, "what decides the kills of TestKill; 0 takes a new one")

// size is how much of everything there is.
type size struct {
	sends, callbacks, shoppers int
	// kills are those at random moments, the least of them; the load lasts for over.
	kills int
	over  time.Duration
}

// TestKill kills processes at random moments, the cloud's among them, while messages are sent and callbacks acknowledged,
// and some more at the moments that hurt most. Then everything comes to rest: each occurrence was accepted once and is
// read, each acknowledged callback is applied, and nothing waits anywhere.
func TestKill(t *testing.T) {
	s := size{sends: 500, callbacks: 500, shoppers: 100, kills: 22, over: 20 * time.Second}
	if testing.Short() {
		s = size{sends: 60, callbacks: 60, shoppers: 20, kills: 5, over: 4 * time.Second}
	}
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("to repeat: -seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	r := newRig(t, random)
	r.under("subscribing", func() {
		for i := range s.shoppers + len(aimed) {
			r.subscribe(r.brands[i%len(r.brands)], number(i))
		}
	})
	all, promised, byChance, onPurpose := plan(r.brands, s.shoppers, s.sends), &promises{}, newFound(), newFound()
	r.under("kills at random", func() { r.killAtRandom(s, all, promised, byChance) })
	r.under("kills on purpose", func() {
		for i, aim := range aimed {
			shopper := s.shoppers + i
			extra := plan(r.brands[shopper%len(r.brands):][:1], 1, 1)[0]
			extra.shopper, extra.number, extra.order = number(shopper), fmt.Sprintf("K-aimed-%d", i), fmt.Sprint(62_000_000+i)
			all = append(all, extra)
			aim(r, extra, promised)
			r.inspect(onPurpose, promised)
			r.restartDead()
		}
	})
	r.under("coming to rest", func() { r.settle(all, promised) })
	r.under("taking over from the cloud", r.takeOver)
	log := r.check(t, all, promised)
	total := r.tellKills()
	if total < s.kills {
		t.Errorf("got %d kills, want at least %d", total, s.kills)
	}
	claimed, posted := byChance.confirm(log)
	aimedClaimed, aimedPosted := onPurpose.confirm(log)
	t.Logf("found by %d kills at random: %d claimed and not posted, %d posted and not recorded, %d acknowledged and not applied",
		total-len(aimed), claimed, posted, len(byChance.unheeded))
	t.Logf("found by %d kills on purpose: %d claimed and not posted, %d posted and not recorded, %d acknowledged and not applied",
		len(aimed), aimedClaimed, aimedPosted, len(onPurpose.unheeded))
	if claimed+aimedClaimed == 0 || posted+aimedPosted == 0 || len(byChance.unheeded)+len(onPurpose.unheeded) == 0 {
		t.Error("not every kind of harm was met, so the test has shown less than it says")
	}
	t.Logf("%d messages accepted once and read, %d acknowledged callbacks applied, nothing waits", len(all), len(promised.list()))
}

// under notes how long a part of the test took.
func (r *rig) under(what string, do func()) {
	began := time.Now()
	do()
	r.t.Logf("%s took %s", what, time.Since(began).Round(100*time.Millisecond))
}

// deck is the processes as often as each is to be killed in a round, shuffled.
func (r *rig) deck() []string {
	cards := []string{
		notifyName, notifyName, notifyName, notifyName, cloudName, cloudName, cloudName, receiveName, receiveName, webhookName, sweepName,
	}
	r.random.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards
}

// killAtRandom puts the load on, and kills until both it and the kills are done: sometimes at any moment, sometimes within
// what a burst of the load takes.
func (r *rig) killAtRandom(s size, all []occurrence, p *promises, f *found) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	loaded, bursts := make(chan error, 1), make(chan struct{})
	go func() { loaded <- r.load(ctx, all, s.callbacks, s.over, p, bursts) }()
	pause := func(least, most time.Duration) { time.Sleep(least + time.Duration(r.random.Int64N(int64(most-least)))) }
	var deck []string
	for kills, done := 0, false; kills < s.kills || !done; kills++ {
		pause(100*time.Millisecond, 700*time.Millisecond)
		if r.random.IntN(3) > 0 {
			select {
			case <-bursts:
			case <-time.After(time.Second):
			}
			pause(0, 100*time.Millisecond)
		}
		if len(deck) == 0 {
			deck = r.deck()
		}
		victim := r.procs[deck[0]]
		deck = deck[1:]
		victim.Kill()
		r.inspect(f, p)
		pause(20*time.Millisecond, 300*time.Millisecond)
		victim.Launch()
		select {
		case err := <-loaded:
			r.must(err)
			done = true
		default:
		}
	}
}

// aimed are kills that each leave behind one certain thing. They end with the process dead.
var aimed = []func(r *rig, o occurrence, p *promises){
	// The provider has taken the message and is silent: posted and not recorded.
	func(r *rig, o occurrence, _ *promises) {
		b := o.brand
		_, err := r.sim.Faults().Add(simulator.Fault{
			System: "gupshup", Path: "/template/msg", AppID: b.simulated, Times: 1, Mode: chaos.TimeoutAfter,
		})
		r.must(err)
		r.must(r.publish(r.t.Context(), o))
		testkit.Eventually(r.t, patience, "the provider takes a message and is silent", func() bool {
			return len(r.sim.Faults().All()) == 0 && len(r.accepted()[o.number]) > 0
		})
		r.procs[notifyName].Kill()
	},
	// The message is lost on its way to the provider together with its sender: claimed and not posted.
	func(r *rig, o occurrence, _ *promises) {
		caught := r.gate.catch()
		r.must(r.publish(r.t.Context(), o))
		select {
		case <-caught:
		case <-time.After(patience):
			r.t.Fatal("no message was sent that could be lost")
		}
		r.procs[notifyName].Kill()
	},
	// Nobody is there to apply what is acknowledged.
	func(r *rig, o occurrence, p *promises) {
		r.procs[receiveName].Kill()
		r.must(r.writeReply(r.t.Context(), p, o, 900_000))
		r.must(r.publish(r.t.Context(), o))
	},
	// The cloud dies as soon as it has acknowledged.
	func(r *rig, o occurrence, p *promises) {
		r.must(r.writeReply(r.t.Context(), p, o, 900_001))
		r.must(r.publish(r.t.Context(), o))
		r.procs[cloudName].Kill()
	},
}

// restartDead starts every process that is dead.
func (r *rig) restartDead() {
	for _, p := range r.procs {
		if p.Dead() {
			p.Start()
		}
	}
}

// settle waits until nothing is left to happen.
func (r *rig) settle(all []occurrence, p *promises) {
	r.t.Helper()
	// Two doubts of one message; and the back-off, which doubles, of one that was postponed a few times while processes were killed under it.
	const within = 2*(lease+grace) + patience + 2*time.Minute
	f, left := newFound(), ""
	ok := testkit.Poll(within, func() (done bool) {
		left, done = r.settled(all, p, f)
		return done
	})
	if !ok {
		r.check(r.t, all, p)
		r.t.Fatalf("not at rest within %s: %s", within, left)
	}
}

// takeOver kills the cloud's process a last time and goes on from its journal in the test's own process, where its queues
// can be seen: they run empty, and no message was given up. Nothing calls sweep any more.
func (r *rig) takeOver() {
	r.t.Helper()
	cloud := r.procs[cloudName]
	cloud.Kill()
	own, err := world.StartCloud(r.t.Context(), world.CloudOptions{
		Listen: cloud.Addr, Keys: r.keys, Path: r.state, NotifyURL: r.url(notifyName), ReceiveURL: r.url(receiveName),
		Logger: slog.New(slog.NewTextHandler(cloud.Log(), nil)),
	})
	r.must(err)
	r.t.Cleanup(func() { _ = own.Close() })
	left := ""
	empty := testkit.Poll(patience, func() bool {
		left = ""
		for _, b := range own.PubSub().Backlog() {
			if !strings.HasSuffix(b.Subscription, "/"+world.CustomerNotifications+"-kept") && !strings.HasSuffix(b.Subscription, "/"+world.MessageOutcomes+"-kept") {
				left += fmt.Sprintf(" %+v", b)
			}
		}
		return left == ""
	})
	if !empty {
		r.t.Errorf("queues that do not run empty, dead letters among them:%s", left)
	}
	later := time.Now().Add(24 * time.Hour)
	due, err := r.parts.Store.DueMessages(r.t.Context(), later, 1000)
	r.must(err)
	parked, err := r.parts.Store.DueParked(r.t.Context(), later, 1000)
	r.must(err)
	if len(due)+len(parked) > 0 {
		r.t.Errorf("got %d messages due and %d statuses parked, want none", len(due), len(parked))
	}
}

// tellKills counts the kills, the one before the take-over not among them.
func (r *rig) tellKills() int {
	total, text := -1, ""
	for _, name := range []string{cloudName, notifyName, receiveName, webhookName, sweepName} {
		total += r.procs[name].Kills
		text += fmt.Sprintf(" %s %d,", name, r.procs[name].Kills)
	}
	r.t.Logf("%d kills and the last one:%s", total, strings.TrimSuffix(text, ","))
	return total
}
