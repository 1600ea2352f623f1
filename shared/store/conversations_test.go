package store_test

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// chosenLists lists conversations by what their actions have come to, those first whose newest action was chosen last. A conversation moves to another
// list with its action.
func chosenLists(b *bench) {
	ctx, account := b.t.Context(), b.name("811")
	talk := func(name, account string, states ...conversation.State) conversation.Conversation {
		b.t.Helper()

		c := conversation.Conversation{ID: b.name(name), AccountID: account, ExpireAt: at.Add(time.Hour)}
		for i, s := range states {
			c.Actions = append(c.Actions, conversation.Action{ID: name, State: s, At: at.Add(time.Duration(int(name[0])+i) * time.Minute)})
		}

		saved, err := b.SaveConversation(ctx, c)
		b.must(err)

		return saved
	}
	list := func(what string, l conversation.List, after *store.ChosenPlace, want ...string) {
		b.t.Helper()

		found, err := b.ConversationsOn(ctx, account, l, after, 2)
		b.must(err)

		var got []string
		for _, c := range found {
			got = append(got, c.ID[len(b.name("")):])
		}
		b.same(what, got, want)
	}

	talk("1", account, conversation.Asked)
	two := talk("2", account, conversation.Stuck, conversation.Chosen)
	talk("3", account, conversation.Late, conversation.Ready)
	talk("4", b.name("812"), conversation.Asked)
	talk("5", account)

	list("pending", conversation.ListPending, nil, "3", "2")
	list("the page after it", conversation.ListPending, &store.ChosenPlace{ChosenAt: two.ChosenAt(), ID: two.ID}, "1")
	list("late", conversation.ListLate, nil, "3")
	list("failed", conversation.ListFailed, nil, "2")
	list("done", conversation.ListDone, nil)

	two.Actions[1].State = conversation.Accepted
	_, err := b.SaveConversation(ctx, two)
	b.must(err)
	list("done, once it is", conversation.ListDone, nil, "2")
	list("pending no more", conversation.ListPending, nil, "3", "1")

	if _, err = b.ConversationsOn(ctx, "", conversation.ListDone, nil, 2); err == nil {
		b.t.Error("of no account: no error")
	}
}
