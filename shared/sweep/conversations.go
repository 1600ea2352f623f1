package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// conversationsAtOnce is how many conversations one look brings back.
	conversationsAtOnce = 200
	// conversationPatience is how long receive has for a conversation before it is brought back once more.
	conversationPatience = time.Minute
)

// sweepConversations has receive move on the conversations that are due. Each is put off first, so that one copy lives at a time; one that
// changed meanwhile is somebody's already.
func (s *Sweeper) sweepConversations(ctx context.Context, p *pass) error {
	now := s.clock.Now()

	due, err := s.store.DueConversations(ctx, now, conversationsAtOnce)
	problems := []error{err}

	for _, c := range due {
		s.warnOfChoices(ctx, c)

		c.Due = now.Add(conversationPatience)

		_, err := s.store.SaveConversation(ctx, c)
		switch {
		case store.IsConflict(err):
			continue
		case err == nil:
			err = s.publishConversation(ctx, c.ID)
		}
		if err == nil {
			p.count(func(n *Counts) { n.Conversations++ })
		}

		problems = append(problems, err)
	}

	return errors.Join(problems...)
}

func (s *Sweeper) publishConversation(ctx context.Context, id string) error {
	data, err := json.Marshal(provider.Event{
		Schema:       provider.Schema,
		Kind:         provider.KindConversation,
		At:           s.clock.Now().UnixMilli(),
		Conversation: id,
	})
	if err != nil {
		return err
	}

	_, err = s.callbacks.Publish(ctx, queue.Message{Data: data, Attributes: provider.Origin{}.Attributes(provider.KindConversation)})

	return err
}
