package intake

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// followUp tells the platform of a reply, and moves the conversation on that it belongs to. Of a reply that was stored before nobody knows how
// far that came: all of it may be repeated. What fails of the conversation itself is due, and sweep has it tried again.
func (i *Intake) followUp(ctx context.Context, r provider.ReplyEvent, s storedReply) error {
	if s.bound.forged {
		return nil
	}

	if err := i.publishGoods(ctx, r, s); err != nil {
		return err
	}
	if err := i.show(ctx, s); err != nil {
		return err
	}
	if s.talk.conversation == nil {
		return nil
	}

	if err := i.conversations.Advance(ctx, s.talk.conversation.ID); err != nil {
		i.logger.WarnContext(ctx, "a conversation did not get on; it is tried again", "app_id", logging.Word(s.Reply.AppID), "error", err)
	}

	return nil
}

// show publishes a reply in the activity of the order that it was stored with. One that is about no order is not shown.
func (i *Intake) show(ctx context.Context, s storedReply) error {
	if s.Reply.RootID == "" {
		return nil
	}

	root := s.talk.about
	if root.ID != s.Reply.RootID { // it was stored before, and what is known by now would aim it elsewhere
		var err error
		if root, err = i.store.Message(ctx, s.Reply.RootID); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}

			return err
		}
	}

	return i.outcomes.PublishReply(ctx, outcome.ReplyTold{ID: s.Reply.ID, Root: root, Action: s.Reply.Shown, At: s.Reply.At})
}
