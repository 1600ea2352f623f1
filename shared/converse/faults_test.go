package converse_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// points are how a call can be struck that a worker makes.
var points = []rig.Point{rig.FailBefore, rig.FailAfter, rig.DieBefore, rig.DieAfter}

// tapped is a tap that is submitted at once, since an assistant holds the conversation.
func (s *talker) tapped() provider.Event {
	return provider.Event{Kind: provider.KindReply, At: s.Clock.Now().UnixMilli(), Standby: true, Reply: &provider.ReplyEvent{
		ID: "in-1", From: rig.Shopper, Type: "button", Tap: true, Text: "…", Postback: s.payload(0),
	}}
}

// TestFaultsOnTheWayToAnAction strikes each call that a worker makes from a tap to the platform, and lets a healthy worker go on: the platform
// takes exactly one action, whatever happens, and the shopper's activity shows it.
func TestFaultsOnTheWayToAnAction(t *testing.T) {
	t.Parallel()

	o := rig.Options{Provider: meta.Name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}}

	first := newTalker(t, o)
	first.provider = meta.Name
	w := first.NewWorker(rig.Options{})
	w.Faults.Record()
	first.Notice(w, first.app(), first.tapped())
	calls := w.Faults.Recorded()

	if got := first.resolutions(); len(got) != 1 {
		t.Fatalf("an undisturbed tap: the platform took %q; %s", got, first.Describe())
	}

	for n, call := range calls {
		for _, p := range points {
			t.Run(fmt.Sprintf("%02d_%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()

				s := newTalker(t, o)
				s.provider = meta.Name
				e := s.tapped()

				faulty := s.NewWorker(rig.Options{})
				faulty.Faults.Strike(n, p, nil)

				if code := s.Notice(faulty, s.app(), e); code/100 != 2 || p == rig.DieBefore || p == rig.DieAfter {
					if code := s.Notice(s.Hooks, s.app(), e); code != http.StatusNoContent {
						t.Fatalf("the redelivery: got %d; %s", code, s.Describe())
					}
				}

				for range 4 {
					s.waits(2 * time.Minute)
				}

				s.compare("took", []string{again}, s.resolutions())
				s.compare("shown", []string{"Request delivery attempt: accepted"}, s.ends())
			})
		}
	}
}

// TestTwoWorkersOfOneTap has a second worker take the same tap, and sweep run, in the middle of each call of the first.
func TestTwoWorkersOfOneTap(t *testing.T) {
	t.Parallel()

	o := rig.Options{Provider: meta.Name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}}

	for n := range 24 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()

			s := newTalker(t, o)
			s.provider = meta.Name
			e := s.tapped()

			busy := s.NewWorker(rig.Options{})
			busy.Faults.Strike(n, rig.StallBefore, func() {
				s.Notice(s.Hooks, s.app(), e)
				s.CallSweep(s.Hooks)
				s.ReceiveAll(s.Hooks)
			})
			s.Notice(busy, s.app(), e)

			for range 3 {
				s.waits(2 * time.Minute)
			}

			s.compare("took", []string{again}, s.resolutions())
			s.compare("shown", []string{"Request delivery attempt: accepted"}, s.ends())
		})
	}
}

// TestFaultsOnAnAnswer strikes each call of the worker that asks the shopper: the question is asked at most once, and the tap is submitted
// all the same.
func TestFaultsOnAnAnswer(t *testing.T) {
	t.Parallel()

	o := rig.Options{Provider: meta.Name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}}
	asked := func(s *talker) provider.Event {
		e := s.tapped()
		e.Standby = false

		return e
	}

	first := newTalker(t, o)
	first.provider = meta.Name
	w := first.NewWorker(rig.Options{})
	w.Faults.Record()
	first.Notice(w, first.app(), asked(first))

	for n, call := range w.Faults.Recorded() {
		for _, p := range []rig.Point{rig.DieBefore, rig.DieAfter} {
			t.Run(fmt.Sprintf("%02d_%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()

				s := newTalker(t, o)
				s.provider = meta.Name
				e := asked(s)

				faulty := s.NewWorker(rig.Options{})
				faulty.Faults.Strike(n, p, nil)
				s.Notice(faulty, s.app(), e)
				s.Notice(s.Hooks, s.app(), e)

				for range 4 {
					s.waits(4 * time.Minute)
				}

				s.compare("took", []string{again}, s.resolutions())

				questions := 0
				for _, a := range s.answers() {
					if strings.HasPrefix(a, asks) {
						questions++
					}
				}
				if questions > 1 {
					t.Errorf("asked %d times: %q", questions, s.answers())
				}
			})
		}
	}
}

// TestFaultsOnARefusedQuestion kills the worker at each call on the way to a question that is refused: a person is told all the same, and the
// refusal is published with its reason.
func TestFaultsOnARefusedQuestion(t *testing.T) {
	t.Parallel()

	o := rig.Options{Provider: meta.Name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}}
	refused := func(t *testing.T) (*talker, provider.Event) {
		t.Helper()

		s := newTalker(t, o)
		s.provider = meta.Name
		refusing(s)

		e := s.tapped()
		e.Standby, e.Reply.Postback = false, s.payload(2)

		return s, e
	}

	first, e := refused(t)
	w := first.NewWorker(rig.Options{})
	w.Faults.Record()
	first.Notice(w, first.app(), e)

	for n, call := range w.Faults.Recorded() {
		for _, p := range []rig.Point{rig.DieBefore, rig.DieAfter} {
			t.Run(fmt.Sprintf("%02d_%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()

				s, e := refused(t)

				faulty := s.NewWorker(rig.Options{})
				faulty.Faults.Strike(n, p, nil)
				s.Notice(faulty, s.app(), e)
				s.Notice(s.Hooks, s.app(), e)

				for range 4 {
					s.waits(4 * time.Minute)
				}
				s.waits(2 * time.Hour)

				s.compare("took", nil, s.resolutions())
				s.compare("shown", []string{"Cancel order" + needsPerson}, s.ends())
				s.compare("forwarded", []string{"action"}, s.forwarded())
				fails(1)(s)
			})
		}
	}
}
