package simulation

import (
	"time"
)

// mayFollow looks at a post of a message after a report that its newest attempt failed: a passing failure gives one new attempt, no more,
// and what is lost for good none.
func (n *news) mayFollow(step Step, app int, read time.Duration) {
	passing := 0

	for _, id := range sortedKeys(n.failed) {
		f := n.failed[id]
		if f.step != step.ID || !f.newest || read <= f.known || !n.oracle.world.calm(app, f.at-time.Minute, f.known) {
			continue
		}

		switch f.effect {
		case retried:
			passing++
			n.inWait(step, f)
		case lostForGood:
			n.oracle.find("%s: its message is posted again after its failure with %d, which is for good", step.name(), f.code)
		case holdsApp, holdsTemplate: // of which posting judges
		}
	}

	if passing > mostRetries {
		n.oracle.find("%s: its message is posted again after %d failures", step.name(), passing)
	}
}

// mostRetries is how many reported failures of a message give it a new attempt.
const mostRetries = 1

// inWait looks at a post after a passing failure: it comes after the wait that the failure asks for.
func (n *news) inWait(step Step, f *doomed) {
	if now := n.now(); now < f.told+f.wait-n.oracle.world.skews() {
		n.oracle.find("%s: its message is posted %s after its failure with %d, which asks to wait for %s",
			step.name(), (now - f.told).Round(time.Second), f.code, f.wait)
	}
}

// owesRetry returns the passing failure after which a step's message has had no new attempt, although nothing else had failed; nil if
// there is none.
func (n *news) owesRetry(step int) *doomed {
	var owed *doomed

	for _, id := range sortedKeys(n.failed) {
		f := n.failed[id]
		switch {
		case f.step != step:
		case f.effect != retried || owed != nil || !f.newest:
			return nil // what follows from several, or from a late report, is another matter
		default:
			owed = f
		}
	}

	if owed == nil || owed.known == never || n.posted[step] > owed.known {
		return nil
	}

	return owed
}
