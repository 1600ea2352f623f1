package sweep

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// smallestShare is the least number of messages of one app that a round of a backlog reads.
const smallestShare = 20

// backlog is what is due when that is more than a page. It is handled in rounds, in each of which every app has the same share,
// so that the many messages of one app delay no other's.
type backlog struct {
	// share is how many messages of an app a round takes.
	share int
	// apps are those of which more is due.
	apps []string

	mu sync.Mutex
	// last holds by app the last message of the rounds so far.
	last map[string]*message.Message
	// more and page gather the next round.
	more []string
	page []message.Message
}

// sweepBacklog handles the messages that are due by now in rounds, until none is left or its time is over.
func (s *Sweeper) sweepBacklog(ctx context.Context, now time.Time, handle func(message.Message) error) error {
	apps, err := s.store.AppsDue(ctx, now)
	if err != nil {
		return err
	}

	b := &backlog{
		share: max(pageSize/max(len(apps), 1), smallestShare),
		apps:  apps,
		last:  map[string]*message.Message{},
	}

	var problems []error

	began := s.clock.Now()
	for len(b.apps) > 0 && s.clock.Now().Sub(began) <= maxSweepTime {
		problems = append(problems, s.nextRound(ctx, now, b))
		problems = append(problems, handleAll(inTurn(b.page), handle))
	}

	return errors.Join(problems...)
}

// nextRound reads the next share of each app.
func (s *Sweeper) nextRound(ctx context.Context, now time.Time, b *backlog) error {
	b.more, b.page = nil, nil
	err := handleAll(b.apps, func(app string) error {
		b.mu.Lock()
		last := b.last[app]
		b.mu.Unlock()

		of, err := s.store.DueMessagesOf(ctx, app, now, last, b.share)
		b.add(app, of, err != nil)

		return err
	})
	b.apps = b.more

	return err
}

// add adds an app's share to the round. One that is smaller is the app's last, unless some message of it could not be read.
func (b *backlog) add(app string, of []message.Message, unreadable bool) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if len(of) == 0 {
		return
	}

	b.page = append(b.page, of...)
	b.last[app] = &of[len(of)-1]

	if len(of) == b.share || unreadable {
		b.more = append(b.more, app)
	}
}
