package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func signInSuite() map[string]func(*bench) {
	return map[string]func(*bench){"sign-in": (*bench).signIns, "sign-in taken by many at once": (*bench).signInOnce}
}

func (b *bench) signIns() {
	ctx, token := b.t.Context(), b.name("token/1")
	hash := store.SignInHash(token)
	in := store.SignIn{Subject: "u-1", Name: "Asha Sample", Role: "editor", AccountID: "811", Path: "/accounts/811", ExpireAt: at.Add(time.Minute)}

	_, err := b.TakeSignIn(ctx, hash, at)
	b.want(err, store.ErrNotFound)
	b.must(b.AddSignIn(ctx, hash, in))
	b.want(b.AddSignIn(ctx, hash, in), store.ErrExists)
	for name, other := range map[string]string{"the token itself": token, "another": store.SignInHash(token + "x"), "none": "", "a path": "../" + hash} {
		if _, err = b.TakeSignIn(ctx, other, at); !errors.Is(err, store.ErrNotFound) {
			b.t.Errorf("%s in place of the hash: got %v", name, err)
		}
	}
	_, err = b.TakeSignIn(ctx, hash, in.ExpireAt)
	b.want(err, store.ErrNotFound)
	got, err := b.TakeSignIn(ctx, hash, in.ExpireAt.Add(-time.Microsecond))
	b.must(err)
	b.same("sign-in", got, in)
	_, err = b.TakeSignIn(ctx, hash, at)
	b.want(err, store.ErrNotFound)
}

func (b *bench) signInOnce() {
	const takers = 8
	ctx, hash := b.t.Context(), store.SignInHash(b.name("token"))
	b.must(b.AddSignIn(ctx, hash, store.SignIn{Subject: "u-1", Role: "viewer", AccountID: "811", Path: "/accounts/811", ExpireAt: at.Add(time.Minute)}))

	var got atomic.Int32
	var all sync.WaitGroup
	for range takers {
		all.Go(func() {
			switch _, err := b.TakeSignIn(ctx, hash, at); {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				b.t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if n := got.Load(); n != 1 {
		b.t.Errorf("%d of %d have it, want one", n, takers)
	}
}
