package sweep

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// pass is what one call of sweep does. It is safe for concurrent use.
type pass struct {
	// beat is when the newest heartbeat was sent that came through webhook and receive; zero while parked statuses are left.
	beat time.Time

	mu     sync.Mutex
	counts Counts
	// brought is how many messages this look has brought back.
	brought int
	// clean holds the apps of which a message is held in this look that was surely not sent.
	clean map[string]bool
	// tried holds the apps through which a message in doubt was let, to find out whether they take any.
	tried map[string]bool
}

// count changes the counts.
func (p *pass) count(change func(*Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()

	change(&p.counts)
}

// again starts another look.
func (p *pass) again() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.brought = 0
	p.clean = map[string]bool{}
}

// line notes the apps that hold a message never in doubt. Such a one is tried first, since another doubt would give up the other.
func (p *pass) line(all []message.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()

	for _, m := range all {
		if m.Phase == message.Held && m.Doubts == 0 {
			p.clean[m.AppID] = true
		}
	}
}

// mayProbe reports whether a held message may find out whether its app answers.
func (p *pass) mayProbe(m message.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	return m.Doubts == 0 || !p.clean[m.AppID]
}

// bring counts a message that was brought back.
func (p *pass) bring() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.brought++
}

// mayTry reports whether the caller may find out with a message in doubt whether an app takes any. It is true once an app and call
// of sweep.
func (p *pass) mayTry(appID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.tried[appID] {
		return false
	}

	p.tried[appID] = true

	return true
}

// inTurn returns messages app by app in turn, so that the many of one app delay no other's. Those of one app keep their order,
// except that what is or was in doubt comes last: whether the app takes messages is better found out with one that was surely not
// sent.
func inTurn(all []message.Message) []message.Message {
	var apps []string

	byApp := map[string][]message.Message{}
	for _, m := range all {
		if byApp[m.AppID] == nil {
			apps = append(apps, m.AppID)
		}

		byApp[m.AppID] = append(byApp[m.AppID], m)
	}

	for _, of := range byApp {
		slices.SortStableFunc(of, func(a, b message.Message) int { return cmp.Compare(doubtLast(a), doubtLast(b)) })
	}

	turns := make([]message.Message, 0, len(all))
	for n := 0; len(turns) < len(all); n++ {
		for _, app := range apps {
			if of := byApp[app]; n < len(of) {
				turns = append(turns, of[n])
			}
		}
	}

	return turns
}

func doubtLast(m message.Message) int {
	if m.Phase == message.InDoubt || m.Doubts > 0 {
		return 1
	}

	return 0
}
