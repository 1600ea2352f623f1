package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// kinds are attributes of a letter of the kind.
func kinds(kind string) map[string]string {
	return map[string]string{"kind": kind, "provider": "gupshup", "app": anApp}
}

// TestDeadLettersAreDropped takes a group away for good, and notes how many of which group are gone.
func TestDeadLettersAreDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("order-events", "nonsense", nil)
	r.keep("order-events", "more nonsense", nil)
	r.keep("order-events", "{}", nil)
	all := r.pulled("order-events-dead-kept")
	group := deadletter.Letter{KeptMessage: all[0], Source: "order-events", Callback: false}.Group()

	said := r.mustRun("dead-letter-drop", "-n", "order-events/"+group)
	if !strings.HasPrefix(said, "order-events: 2 dead letters to drop\n  "+group+"  2 letters, ") || !strings.Contains(said, "\n2 dead letters of order-events would be gone for good\n") {
		t.Errorf("with -n: got %q", said)
	}
	gone := "2 dead letters of order-events gone for good: 2 of " + group
	if said = r.mustRun("dead-letter-drop", "order-events/"+group); !strings.HasSuffix(said, "\n"+gone+"\n") {
		t.Errorf("got %q", said)
	}
	left := r.pulled("order-events-dead-kept")
	if len(left) != 1 || left[0].ID != all[2].ID || len(r.pulled("order-events-kept")) != 0 {
		t.Errorf("left %v, want the other one alone, and nothing published", left)
	}
	if notes := r.notes(); len(notes) != 1 || notes[0].Result != gone {
		t.Errorf("it left %+v, want the group and its count noted", notes)
	}
}

// TestDropWantsAGroup refuses to drop all of a topic, a letter that may be a shopper's and a group of such, unless it is forced, and says how many
// letters of each group there are. A letter that cannot be a shopper's goes.
func TestDropWantsAGroup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("order-events", "nonsense", nil)
	r.keep("order-events", "{}", nil)
	r.keep("provider-events", aReply, kinds("raw"))
	r.keep("provider-events", aReply, kinds("unreadable"))
	r.keep("provider-events", aReply, kinds("status"))
	letters := r.pulled("provider-events-dead-kept")

	for subject, want := range map[string]error{
		"order-events": errDropAll, "all": errDropAll, "provider-events/" + letters[0].ID: errDropMessage, "provider-events/" + letters[1].ID: errDropMessage,
		"provider-events/" + deadletter.Letter{KeptMessage: letters[0], Source: "provider-events", Callback: true}.Group(): errDropMessage,
	} {
		for _, line := range [][]string{{"dead-letter-drop", subject}, {"dead-letter-drop", "-n", subject}} {
			said, err := r.run(line...)
			if err == nil || err.Error() != want.Error() || !strings.Contains(said, " to drop\n  g") || !strings.Contains(said, "1 letter, ") {
				t.Errorf("%q: got %v and %q, want %q and the groups", line, err, said, want)
			}
		}
	}
	if n := len(r.pulled("order-events-dead-kept")) + len(r.pulled("provider-events-dead-kept")); n != 5 || len(r.notes()) != 0 {
		t.Fatalf("%d are left, want all five and no note", n)
	}

	r.mustRun("dead-letter-drop", "provider-events/"+letters[2].ID)
	if n := len(r.pulled("provider-events-dead-kept")); n != 2 {
		t.Errorf("%d are left, want the report gone", n)
	}

	noted := r.notes()
	r.mustRun("dead-letter-drop", "-f", "all")
	if n := len(r.pulled("order-events-dead-kept")) + len(r.pulled("provider-events-dead-kept")); n != 0 {
		t.Errorf("with -f %d are left", n)
	}
	one := r.notes(noted...)
	if len(one) != 1 || !strings.HasPrefix(one[0].Result, "2 dead letters of order-events gone for good: 1 of g") ||
		!strings.Contains(one[0].Result, "; 2 dead letters of provider-events gone for good: 1 of g") {
		t.Errorf("with -f it left %+v", one)
	}
}

// TestGroupsAreFewAndTheShoppersFirst lists letters of many forms: those whose fields are numbered are one group, what may be a STOP is first though
// it is the newest, and of the others no more than a person reads is shown.
func TestGroupsAreFewAndTheShoppersFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range deadletter.MaxGroups + 2 {
		r.keep("provider-events", fmt.Sprintf(`{"%s":1}`, strings.Repeat("a", i/26+1)+string(rune('a'+i%26))), kinds("status"))
		r.keep("provider-events", fmt.Sprintf(`{"key_%d":1}`, i), kinds("billing"))
	}
	received := kinds("raw")
	received["received"] = now.Format("2006-01-02T15:04:05Z07:00")
	r.keep("provider-events", aReply, received)

	said := r.mustRun("dead-letters", "provider-events")
	lines := strings.Split(said, "\n")
	if !strings.Contains(lines[1], "  1 letter, the oldest 0s old: no parser read it; may hold a shopper's message") || strings.Count(said, "may hold") != 1 {
		t.Errorf("got\n%s\nwant what may be a STOP first, and it alone", said)
	}
	if got := strings.Count(said, "\n  g"); got != deadletter.MaxGroups || !strings.HasSuffix(said, "\n  and 4 more\n") {
		t.Errorf("got\n%s\nwith %d groups, want %d and 4 more", said, got, deadletter.MaxGroups)
	}
	if !strings.Contains(said, fmt.Sprintf("  %d letters, ", deadletter.MaxGroups+2)) || !strings.Contains(said, "    {key_#:number}\n") {
		t.Errorf("got\n%s\nwithout one group of the numbered fields", said)
	}
}

// TestNoDeadLettersIsNoAllClear says where there seem to be none that another command may hold them.
func TestNoDeadLettersIsNoAllClear(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("order-events", "nonsense", nil)
	id := r.letter("order-events")

	held, err := r.topics.Kept("order-events-dead-kept", r.keeping).Pull(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}

	const hint = "those that another command looks at show again within a minute"
	if said := r.mustRun("dead-letters", "order-events"); said != "order-events: 0 dead letters: "+hint+"\n" {
		t.Errorf("the list: got %q", said)
	}
	for _, line := range [][]string{{"dead-letter-replay", "order-events"}, {"dead-letter-drop", "-f", "order-events"}} {
		if said := r.mustRun(line...); said != "order-events: no dead letters: "+hint+"\n" {
			t.Errorf("%q: got %q", line, said)
		}
	}
	for _, verb := range []string{"dead-letters", "dead-letter", "dead-letter-replay", "dead-letter-drop"} {
		if _, err = r.run(verb, "order-events/"+id); err == nil || !strings.HasSuffix(err.Error(), hint) {
			t.Errorf("%s of one: got %v", verb, err)
		}
	}

	if err = held.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// closedOutput is an output whose reader goes after the first line.
type closedOutput struct{ gone context.CancelFunc }

// Write ends the command, as SIGPIPE does.
func (c closedOutput) Write(p []byte) (int, error) {
	c.gone()
	return len(p), syscall.EPIPE
}

// TestACommandThatIsEndedGivesBackWhatItHolds ends a command with each signal that asks it to, and with a closed output: it is ended by each of
// them, and the letters that it looked at are there for the next one.
func TestACommandThatIsEndedGivesBackWhatItHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.keep("order-events", "nonsense", nil)

	ctx, gone := context.WithCancel(t.Context())
	o := r.ops
	o.out = closedOutput{gone}
	_ = o.do(ctx, command{name: "dead-letters", subject: "order-events"})
	if left, err := r.topics.Kept("order-events-dead-kept", queue.KeptOptions{Patience: r.keeping.Patience}).Pull(t.Context(), 10); err != nil || len(left.Messages) != 1 {
		t.Errorf("afterwards there are %+v, %v", left, err)
	}

	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGINT} {
		waiting, stop := untilEnded(t.Context())
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-waiting.Done()
		stop()
	}
}
