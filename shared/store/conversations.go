package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// AnswerID names the message by which something is answered in a conversation.
func AnswerID(conversationID, answerID string) string {
	return hashID("answer", conversationID, answerID)
}

func (s *Store) conversation(id string) *firestore.DocumentRef {
	return s.client.Collection("conversations").Doc(id)
}

// Conversation reads what goes on between a shopper and an account; ErrNotFound if there is nothing.
func (s *Store) Conversation(ctx context.Context, id string) (conversation.Conversation, error) {
	snap, err := s.conversation(id).Get(ctx)
	if err != nil {
		return conversation.Conversation{}, failure("store.Conversation", err)
	}

	return conversationOf(snap)
}

func conversationOf(snap *firestore.DocumentSnapshot) (conversation.Conversation, error) {
	var c conversation.Conversation
	if err := snap.DataTo(&c); err != nil {
		return conversation.Conversation{}, failure("store.Conversation", err)
	}

	c.ID, c.UpdateTime = snap.Ref.ID, snap.UpdateTime

	return c, nil
}

// SaveConversation writes a conversation and returns it as stored. One without an update time must be new (else ErrExists), any other be
// as read (else ErrConflict).
func (s *Store) SaveConversation(ctx context.Context, c conversation.Conversation) (conversation.Conversation, error) {
	b := s.batch()
	s.addConversation(b, c)

	var err error

	c.UpdateTime, err = commit(ctx, "store.SaveConversation", b)

	return c, err
}

// conversationDoc is a conversation as it is stored, with what lists of actions find it by.
type conversationDoc struct {
	conversation.Conversation
	Lists    []conversation.List `firestore:"lists,omitempty"`
	ChosenAt time.Time           `firestore:"chosenAt,omitzero"`
}

// addConversation adds the write of a conversation, which must be new or as read.
func (s *Store) addConversation(b *batch, c conversation.Conversation) {
	if c.UpdateTime.IsZero() {
		b.Create(s.conversation(c.ID), conversationDoc{c, c.Lists(), c.ChosenAt()})
		return
	}

	b.Update(s.conversation(c.ID), []firestore.Update{
		{Path: "app", Value: c.AppID},
		{Path: "phone", Value: c.Phone},
		{Path: "userId", Value: c.UserID},
		{Path: "windowUntil", Value: orDelete(c.WindowUntil)},
		{Path: "standby", Value: c.Standby},
		{Path: "actions", Value: c.Actions},
		{Path: "lists", Value: c.Lists()},
		{Path: "chosenAt", Value: orDelete(c.ChosenAt())},
		{Path: "inbox", Value: c.Inbox},
		{Path: "outbox", Value: c.Outbox},
		{Path: "notices", Value: c.Notices},
		{Path: "standardAt", Value: orDelete(c.StandardAt)},
		{Path: "lateAt", Value: orDelete(c.LateAt)},
		{Path: "due", Value: orDelete(c.Due)},
		{Path: "tries", Value: c.Tries},
		{Path: "expireAt", Value: c.ExpireAt},
	}, firestore.LastUpdateTime(c.UpdateTime))
}

// DueConversations lists the conversations that are due by now, the longest overdue first, at most limit. One that cannot be read is an
// error, with which all others come.
func (s *Store) DueConversations(ctx context.Context, now time.Time, limit int) ([]conversation.Conversation, error) {
	q := s.client.Collection("conversations").Where("due", "<=", now).OrderBy("due", firestore.Asc).Limit(limit)

	return conversations(ctx, "store.DueConversations", q)
}

// ChosenPlace is a place in a list of conversations.
type ChosenPlace struct {
	ChosenAt time.Time
	ID       string
}

// ConversationsOn lists the conversations of an account with an action in a list, those first whose newest action was chosen last, at most limit. after is
// the last one of the page before; nil begins with the newest. One that cannot be read is an error, with which all others come. An empty account is
// an error: it must not mean all accounts.
func (s *Store) ConversationsOn(ctx context.Context, accountID string, list conversation.List, after *ChosenPlace, limit int) ([]conversation.Conversation, error) {
	const op = "store.ConversationsOn"

	if accountID == "" {
		return nil, noAccount(op)
	}

	q := s.client.Collection("conversations").Where("account", "==", accountID).Where("lists", "array-contains", string(list)).
		OrderBy("chosenAt", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	if after != nil {
		q = q.StartAfter(after.ChosenAt, after.ID)
	}

	return conversations(ctx, op, q.Limit(limit))
}

// conversations returns what a query finds.
func conversations(ctx context.Context, op string, q firestore.Query) ([]conversation.Conversation, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	var problems []error

	found := make([]conversation.Conversation, 0, len(snaps))
	for _, snap := range snaps {
		c, unreadable := conversationOf(snap)
		if unreadable != nil {
			problems = append(problems, fmt.Errorf("conversation %s: %w", snap.Ref.ID, unreadable))
			continue
		}

		found = append(found, c)
	}

	return found, errors.Join(problems...)
}

// MessagesTo lists the messages about an event that went through an app to a customer, the newest first, not older than since, at most
// limit. One that was refused is among them.
func (s *Store) MessagesTo(ctx context.Context, appID, customerID, event string, since time.Time, limit int) ([]message.Message, error) {
	q := s.log.Where("app", "==", appID).Where("customer", "==", customerID).Where("event", "==", event).Where("createdAt", ">=", since)

	return s.messages(ctx, q.OrderBy("createdAt", firestore.Desc).Limit(limit))
}
