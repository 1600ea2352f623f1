package scenario

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// The systems that faults are of, beside the simulated ones.
const (
	// CloudSystem are Firestore, Pub/Sub and Secret Manager.
	CloudSystem = "cloud"
	// WorkerSystem is our own notify.
	WorkerSystem = "worker"
)

// Fault is something that goes wrong, in words. Exactly one of Simulator, Cloud and Worker is what happens.
type Fault struct {
	// ID names it in files, and among the faults in force.
	ID string
	// System is where it is: a simulated system such as "gupshup" or "platform", [CloudSystem] or [WorkerSystem].
	System string
	// Words say it to a person, without a dot.
	Words string
	// Times is how often it strikes unless a step says so; 0 is until it is mended.
	Times int

	Simulator *chaos.Fault
	Cloud     *cloud.Rule
	// Worker has the next workers die once a provider has taken their message.
	Worker bool
}

// carrier is a simulated provider of messages.
type carrier struct {
	// id begins the ids of its faults, and name what people call it.
	id, name string
	// path is the end of what messages are posted to; empty is everything.
	path string
	// refusal is what it says of one message that it refuses; empty is its usual word, which is about the message as well.
	refusal string
	// undeliverable is its code for a message that cannot be delivered; 0 if it reports nothing.
	undeliverable int
}

func carriers() []carrier {
	return []carrier{
		{id: "gupshup", name: "Gupshup", path: "/template/msg", refusal: "Invalid Destination", undeliverable: 131026},
		{id: "meta", name: "Meta", path: "/messages", undeliverable: 131026},
		{id: "kaleyra", name: "Kaleyra", path: "/messages", undeliverable: 131026},
		{id: "businessonbot", name: "BusinessOnBot"},
	}
}

// Faults are all that can be made to go wrong, by system.
func Faults() []Fault {
	var all []Fault
	for _, c := range carriers() {
		all = append(all, c.faults()...)
	}

	return slices.Concat(all, platformFaults(), cloudFaults(), []Fault{{
		ID:     "worker-dies",
		System: WorkerSystem,
		Words:  "The worker dies right after the provider has taken the message",
		Times:  1,
		Worker: true,
	}})
}

// FaultOf returns the fault of an id.
func FaultOf(id string) (Fault, bool) {
	all := Faults()

	i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}

	return all[i], true
}

// simulated returns a fault of a simulated system.
func simulated(id, words string, times int, f simulator.Fault) Fault {
	f.ID = id
	return Fault{ID: id, System: f.System, Words: words, Times: times, Simulator: &f}
}

// inMachineTime is said where a caller waits for an answer: its patience passes by the machine's clock, however far the story's is moved ahead.
const inMachineTime = " (its caller waits in real seconds)"

const (
	// slowness is how long a slow system takes.
	slowness = 3 * time.Second
	// lateness is how late callbacks come that are late.
	lateness = 10 * time.Minute
)

// faults are those of a provider.
func (c carrier) faults() []Fault {
	post := func(id, words string, times int, f chaos.Fault) Fault {
		f.System, f.Path = c.id, c.path
		return simulated(c.id+"-"+id, c.name+" "+words, times, f)
	}

	all := []Fault{
		post("down", "answers 503 to every message", 0, chaos.Fault{Mode: chaos.Unavailable}),
		post("502-before", "takes nothing and answers 502", 1, chaos.Fault{Mode: chaos.HTML502Before}),
		post("502-after", "takes the message and answers 502", 1, chaos.Fault{Mode: chaos.HTML502After}),
		post("hangs", "takes nothing and never answers"+inMachineTime, 0, chaos.Fault{Mode: chaos.TimeoutBefore}),
		post("answer-lost", "takes the message and never answers"+inMachineTime, 1, chaos.Fault{Mode: chaos.TimeoutAfter}),
		post("cut-before", "takes nothing and breaks the connection", 1, chaos.Fault{Mode: chaos.ResetBefore}),
		post("cut-after", "takes the message and breaks the connection", 1, chaos.Fault{Mode: chaos.ResetAfter}),
		post("nonsense", "takes the message and answers nonsense", 1, chaos.Fault{Mode: chaos.Malformed}),
		post("slow", "takes three seconds to answer", 1, chaos.Fault{Mode: chaos.Slow, DelayMillis: slowness.Milliseconds()}),
		post("throttles", "says that we send too much, and to come again in 30 seconds", 1, chaos.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 30}),
		post("refuses", "refuses the message", 1, chaos.Fault{Mode: chaos.Refuse, Message: c.refusal}),
		post("key", "refuses our key", 0, chaos.Fault{Mode: chaos.WrongCredentials}),
	}

	if c.undeliverable == 0 {
		return all
	}

	callbacks := func(id, words string, f chaos.Fault) Fault {
		f.System = c.id
		return simulated(c.id+"-callbacks-"+id, c.name+words, 0, f)
	}

	return append(all,
		callbacks("late", "'s callbacks come ten minutes late", chaos.Fault{Mode: chaos.LateCallbacks, DelayMillis: lateness.Milliseconds()}),
		callbacks("lost", "'s callbacks are lost", chaos.Fault{Mode: chaos.LostCallbacks}),
		callbacks("doubled", "'s callbacks come twice", chaos.Fault{Mode: chaos.DoubledCallbacks}),
		post("undeliverable", "takes the message and reports later that it cannot be delivered: the number counts as without WhatsApp from then on", 1, chaos.Fault{Mode: chaos.FailCallback, Code: c.undeliverable}),
		post("paused", "takes the message and reports later that WhatsApp has paused its template", 1, chaos.Fault{Mode: chaos.PausedTemplate}),
		post("balance", "takes the message and reports later that the balance is used up", 1, chaos.Fault{Mode: chaos.LowBalance}),
		post("locked", "takes the message and reports later that the account is locked", 1, chaos.Fault{Mode: chaos.AccountDisabled}),
	)
}

// platformFaults are those of the order platform.
func platformFaults() []Fault {
	const (
		system  = "platform"
		choices = "/ndrResolution"
	)

	return []Fault{
		simulated("platform-down", "The order platform answers 503 to everything", 0, chaos.Fault{System: system, Mode: chaos.Unavailable}),
		simulated("platform-slow", "The order platform takes three seconds to answer", 0,
			chaos.Fault{System: system, Mode: chaos.Slow, DelayMillis: slowness.Milliseconds()}),
		simulated("choices-down", "The order platform takes no choice of a shopper, and shows orders", 0, chaos.Fault{System: system, Path: choices, Mode: chaos.Unavailable}),
		simulated("choice-refused", "The order platform refuses a shopper's choice", 1, chaos.Fault{System: system, Path: choices, Mode: chaos.Refuse}),
		simulated("choice-lost", "The order platform takes a shopper's choice and breaks the connection", 1,
			chaos.Fault{System: system, Path: choices, Mode: chaos.ResetAfter}),
	}
}

// cloudFaults are those of the cloud.
func cloudFaults() []Fault {
	const (
		commit  = "Firestore/Commit"
		publish = "Publisher/Publish"
	)

	rule := func(id, words string, times int, r cloud.Rule) Fault {
		r.ID = id
		return Fault{ID: id, System: CloudSystem, Words: words, Times: times, Cloud: &r}
	}

	return []Fault{
		rule("firestore-full", "Firestore takes no write", 0, cloud.Rule{Method: commit, Mode: cloud.FailBefore, Code: codes.Internal}),
		rule("firestore-slow", "Firestore takes two seconds to write", 0, cloud.Rule{Method: commit, Mode: cloud.Delay, Delay: 2 * time.Second}),
		rule("firestore-answer-lost", "Firestore writes and its answer is lost", 1, cloud.Rule{Method: commit, Mode: cloud.FailAfter, Code: codes.Unavailable}),
		rule("pubsub-down", "Pub/Sub takes no message", 0, cloud.Rule{Method: publish, Mode: cloud.FailBefore, Code: codes.Unavailable}),
		rule("pubsub-answer-lost", "Pub/Sub takes a message and its answer is lost", 1, cloud.Rule{Method: publish, Mode: cloud.FailAfter, Code: codes.Unavailable}),
		rule("secrets-down", "Secret Manager answers nothing, and a worker that has read its secrets goes on with them", 0, cloud.Rule{Method: "AccessSecretVersion", Mode: cloud.FailBefore, Code: codes.Unavailable}),
	}
}

// startFault makes something go wrong from now on.
func (a *Actor) startFault(s Step) (Said, error) {
	f, _ := FaultOf(s.Fault)

	times := f.Times
	if s.Times > 0 {
		times = s.Times
	}

	var err error

	switch {
	case f.Worker && a.Killer == nil:
		err = fault.Field("fault", "cannot be on this run: its workers are processes of their own")
	case f.Worker:
		a.Killer.KillAfterPost(times)
	case f.Cloud != nil:
		rule := *f.Cloud
		rule.Times = times
		_, err = a.Cloud.Rules().Add(rule)
	default:
		hit := *f.Simulator
		hit.Times = times

		a.Simulator.Faults().Remove(f.ID)
		_, err = a.Simulator.Faults().Add(hit)
	}

	return Said{Words: f.Words + often(times)}, err
}

// often says how often a fault strikes.
func often(times int) string {
	switch times {
	case 0:
		return ", until it is mended"
	case 1:
		return ", once"
	default:
		return fmt.Sprintf(", %d times", times)
	}
}

// mend ends one fault, or all.
func (a *Actor) mend(s Step) (Said, error) {
	f, _ := FaultOf(s.Fault)
	if a.Killer != nil && (f.Worker || s.Fault == "") {
		a.Killer.KillAfterPost(0)
	}

	if s.Fault == "" {
		a.Simulator.Faults().Clear()
		a.Cloud.Rules().Clear()

		return Said{Words: "all is mended"}, nil
	}

	a.Simulator.Faults().Remove(f.ID)
	a.Cloud.Rules().Remove(f.ID)

	return Said{Words: "mended: " + f.ID}, nil
}

// ends are the faults in force that a step ends.
func (a *Actor) ends(s Step) []string {
	var ids []string

	if s.Do == Mend {
		for _, f := range a.InForce() {
			if s.Fault == "" || s.Fault == f.ID {
				ids = append(ids, f.ID)
			}
		}
	}

	return ids
}

// InForce is a fault that is in force.
type InForce struct {
	Fault

	// Left is how often it still strikes; 0 is until it is mended.
	Left int
}

// InForce are the faults of [Faults] that are in force, in their order. Those that are used up are not.
func (a *Actor) InForce() []InForce {
	left := map[string]int{}

	for _, f := range a.Simulator.Faults().All() {
		left[f.ID] = f.Times
	}

	for _, r := range a.Cloud.Rules().List() {
		if n, in := r.Left(); in {
			left[r.ID] = n
		}
	}

	var all []InForce

	for _, f := range Faults() {
		if f.Worker && a.Killer != nil && a.Killer.Killing() > 0 {
			left[f.ID] = a.Killer.Killing()
		}
		if n, in := left[f.ID]; in {
			all = append(all, InForce{Fault: f, Left: n})
		}
	}

	return all
}
