package gate

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// line is a provider's app in the product, and what the model has of it.
type line struct {
	vendor
	provider string
	shared   bool
}

func lines() []line {
	return []line{
		{vendor{name: "Meta", namesUser: true}, meta.Name, false},
		{vendor{name: "Meta", namesUser: true}, meta.Name, true},
		{vendor{name: "Kaleyra"}, kaleyra.Name, false},
		{vendor{name: "Gupshup", withoutEcho: true}, gupshup.Name, false},
		{vendor{name: "Gupshup", withoutEcho: true}, gupshup.Name, true},
		{vendor{name: "BusinessOnBot", forwarded: true, silent: true}, businessonbot.Name, false},
	}
}

// driven are the scenarios that the product is driven through at a line. A new customer starts as the account's consent mode says.
func driven(l line, declared bool) []*scenario {
	var all []*scenario

	for _, b := range beginnings() {
		if b.declared != declared {
			continue
		}

		for _, c := range crews() {
			if c.mayDie && l.forwarded {
				continue // what it was told of is also looked for under keys of an older form
			}

			c.mayDie, c.slowness = false, min(c.slowness, 1)

			eachOf(doors(), func(heard ...door) bool {
				if isLeftOut(l, c, heard) {
					return true
				}
				if fits(c, l.vendor, b, heard...) && canDrive(heard) {
					of := scene(whole(), l.vendor, l.shared, b, c, heard...)
					of.onTime = true
					all = append(all, of)
				}

				return true
			})
		}
	}

	return all
}

// isLeftOut reports whether a crew and doors are not driven at a line. Of two doors and two workers there are very many ways, and what two workers
// do shows with one door. Which of two messages an erasure finds first, nobody knows. And where events are forwarded the decision is on condition
// of the order's copy too, which an erasure takes away and the model does not have.
func isLeftOut(l line, c crew, heard []door) bool {
	if len(c.messages) == 1 && !l.forwarded {
		return false
	}

	erasure := slices.ContainsFunc(heard, func(d door) bool { return d.name == "erasure" })
	two := len(c.messages) > 1

	return two && len(heard) > 1 || erasure && (l.forwarded || two && c.messages[1] == second)
}

// canDrive reports whether the product can be driven through doors. Left out are pairs of which the model says too little: who asks in the portal,
// an authority, and who erases, has seen what is known by then, so that theirs counts as the later word; two grants are told with times of other units; and
// two replies also meet in the document of their number.
func canDrive(heard []door) bool {
	has := func(of func(d door) bool) bool { return slices.ContainsFunc(heard, of) }
	count := func(of func(d door) bool) int {
		return len(slices.DeleteFunc(slices.Clone(heard), func(d door) bool { return !of(d) }))
	}

	isAsked := func(d door) bool { return d.name == "portal" || d.name == "subscription" }
	isGrant := func(d door) bool { return d.word == start }
	isErasure := func(d door) bool { return d.name == "erasure" }

	switch {
	case has(func(d door) bool { return d.product == nil }):
		return false
	case len(heard) == 1:
		return true
	case (has(isAsked) || has(isErasure)) && has(isGrant), count(isGrant) > 1, count(func(d door) bool { return d.replies }) > 1:
		return false
	default:
		return count(func(d door) bool { return d.word == blocked || d.word == unblocked }) < 2
	}
}

// TestProduct drives the product along paths of the model: all those of scenarios that have few, and some of each other one.
func TestProduct(t *testing.T) {
	t.Parallel()

	for _, l := range lines() {
		for _, declared := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, shared %t, declared %t", l.name, l.shared, declared), func(t *testing.T) {
				t.Parallel()
				driveAll(t, l, declared)
			})
		}
	}
}

// How many paths there are of a rig; of a scenario that has more than few, and with -every of one with one door, and with two. Without that flag
// one pair of doors of onePairOf is driven, and one scenario of oneDoorOf of those with one door and more than few.
const (
	pathsOfRig = 100
	few        = 12
	some       = 1
	everyOfOne = 32
	everyOfTwo = 8
	onePairOf  = 8
	oneDoorOf  = 2
)

func driveAll(t *testing.T, l line, declared bool) {
	t.Helper()

	var (
		s        *stage
		serial   int
		scenes   = driven(l, declared)
		randomly = rand.New(rand.NewPCG(uint64(len(l.name)), uint64(len(scenes))))
	)

	for _, c := range scenes {
		if len(c.heard) > 1 && !*every && randomly.IntN(onePairOf) > 0 {
			continue
		}

		e, _ := explore(c)
		if e.how != none {
			t.Fatalf("%s", e)
		}
		if len(c.heard) == 1 && !*every && !e.isShort() && randomly.IntN(oneDoorOf) > 0 {
			continue
		}

		for _, path := range e.choose(randomly) {
			if serial%pathsOfRig == 0 {
				s = newStage(t, l, declared)
			}

			serial++
			d := &drive{t: t, rig: s.rig, scenario: c, actors: s.actors}
			if !d.play(serial, path) {
				return
			}

			s.rig.Clock.Advance(5 * time.Second)
		}
	}

	t.Logf("%d paths of %d scenarios", serial, len(scenes))
}

// isShort reports whether a scenario has few paths.
func (e *explorer) isShort() bool {
	ways := e.ways[e.scenario.begin()]
	return ways.high == 0 && ways.low <= few
}

// choose returns all paths of a scenario that has few, and some of another.
func (e *explorer) choose(randomly *rand.Rand) [][]turn {
	if e.isShort() {
		return e.every(e.scenario.begin(), nil)
	}

	n := some
	switch {
	case *every && len(e.scenario.heard) > 1:
		n = everyOfTwo
	case *every:
		n = everyOfOne
	}

	all := make([][]turn, n)
	for n := range all {
		all[n] = e.path(randomly)
	}

	return all
}

// every returns all paths on from a state, after a way to it.
func (e *explorer) every(s state, way []turn) [][]turn {
	next := e.scenario.next(s)
	if len(next) == 0 {
		return [][]turn{slices.Clone(way)}
	}

	var all [][]turn
	for _, t := range next {
		all = append(all, e.every(t.state, append(slices.Clone(way), t))...)
	}

	return all
}

// stage is a rig with the processes that play.
type stage struct {
	rig    *rig.Rig
	actors []*actor
}

func newStage(t *testing.T, l line, declared bool) *stage {
	t.Helper()

	s := &stage{rig: rig.New(t, rig.Options{Provider: l.provider, Shared: l.shared, Unsubscribed: true})}
	s.rig.HeldBack = true
	s.rig.Clock.Advance(time.Millisecond) // the ends of seconds are later than words that are told to the second
	if declared {
		s.rig.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
	}

	for range processes {
		a := &actor{clock: &skewed{Clock: s.rig.Clock}, held: make(chan step), letGo: make(chan struct{}), ended: make(chan bool)}
		a.w = s.rig.NewWorker(rig.Options{Clock: a.clock})
		a.w.Faults.Watch(a.watches)
		a.customers = customers.New(customers.Deps{
			Store:    a.w.Parts.Store,
			Accounts: settings.NewAccounts(a.w.Parts.Store, settings.Options{Clock: a.clock}),
			Keyer: cache.NewOnce(func(ctx context.Context) (phone.Keyer, error) {
				keys, err := a.w.Parts.Keys(ctx)
				return keys.Phone, err
			}),
			Clock: a.clock,
		})
		s.actors = append(s.actors, a)
	}

	return s
}

// path returns one of all paths, each as likely as any other.
func (e *explorer) path(randomly *rand.Rand) []turn {
	var path []turn

	s := e.scenario.begin()
	for {
		all := e.scenario.next(s)
		if len(all) == 0 {
			return path
		}

		n := below(randomly, e.ways[s])
		for _, t := range all {
			ways := e.ways[t.state].big()
			if n.Cmp(ways) < 0 {
				path, s = append(path, t), t.state
				break
			}

			n.Sub(n, ways)
		}
	}
}

// below returns a number below another.
func below(randomly *rand.Rand, c count) *big.Int {
	n := new(big.Int).SetUint64(randomly.Uint64())
	n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(randomly.Uint64())).Lsh(n, 32).Add(n, big.NewInt(int64(randomly.Uint32())))

	return n.Mod(n, c.big())
}
