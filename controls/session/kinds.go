package session

import (
	"context"
	"errors"
)

// kept are sessions in a store.
type kept struct{ *Keeper }

func (k kept) load(ctx context.Context, _, value string) (*Record, error) { return k.Load(ctx, value) }

func (k kept) begin(ctx context.Context, _, user, label string, data []byte) (string, *Record, error) {
	return k.Create(ctx, user, label, data)
}

func (k kept) enter(ctx context.Context, _ string, rec *Record, user string) (string, error) {
	return k.LogIn(ctx, rec, user)
}

func (k kept) renew(ctx context.Context, _ string, rec *Record) (string, error) {
	return k.Rotate(ctx, rec, rec.user)
}

func (k kept) save(ctx context.Context, _ string, rec *Record) (string, error) {
	return "", k.Update(ctx, rec)
}

func (k kept) touch(ctx context.Context, _ string, rec *Record) (string, error) {
	return "", k.Touch(ctx, rec)
}

func (k kept) again(ctx context.Context, rec *Record) (*Record, error) {
	now, err := k.read(ctx, rec.key)
	if errors.Is(err, ErrNone) {
		return nil, ErrEnded
	}
	return now, err
}

func (k kept) end(ctx context.Context, rec *Record) error { return k.Delete(ctx, rec) }

func (k kept) list(ctx context.Context, user string) ([]About, error) { return k.List(ctx, user) }

func (k kept) endOne(ctx context.Context, user, id string) (bool, error) {
	return k.DeleteOne(ctx, user, id)
}

func (k kept) endAll(ctx context.Context, user string) error {
	_, err := k.DeleteAll(ctx, user)
	return err
}

func (k kept) endOthers(ctx context.Context, rec *Record) error {
	_, err := k.DeleteAll(ctx, rec.user, rec.ID)
	return err
}

// borne are sessions in sealed cookies.
type borne struct{ *Sealer }

func (b borne) load(ctx context.Context, host, value string) (*Record, error) {
	return b.Open(ctx, host, value)
}

func (b borne) begin(ctx context.Context, host, user, _ string, data []byte) (string, *Record, error) {
	rec, err := b.Begin(ctx, user, data)
	if err != nil {
		return "", nil, err
	}
	value, err := b.Seal(host, rec)
	return value, rec, err
}

func (b borne) enter(ctx context.Context, host string, rec *Record, user string) (string, error) {
	value, next, err := b.begin(ctx, host, user, "", rec.Data)
	if err == nil {
		*rec = *next
	}
	return value, err
}

func (b borne) renew(ctx context.Context, host string, rec *Record) (string, error) {
	if err := b.current(ctx, rec); err != nil {
		return "", err
	}
	return b.save(ctx, host, rec)
}

// current is [ErrEnded] where all sessions of the user were ended in the meantime.
func (b borne) current(ctx context.Context, rec *Record) error {
	g, err := b.generation(ctx, rec.user)
	if err == nil && g != rec.version {
		err = ErrEnded
	}
	return err
}

func (b borne) save(_ context.Context, host string, rec *Record) (string, error) {
	rec.stale = true // seen now, whenever it was before
	b.Due(rec)
	rec.stale = false
	return b.Seal(host, rec)
}

func (b borne) touch(_ context.Context, host string, rec *Record) (string, error) {
	if !b.Due(rec) {
		return "", nil
	}
	return b.Seal(host, rec)
}

func (b borne) again(_ context.Context, rec *Record) (*Record, error) { return rec, nil }

// end leaves it to the browser to forget the cookie.
func (b borne) end(context.Context, *Record) error { return nil }

// ErrUnlisted is that sealed cookies are known to nobody but the browsers.
var ErrUnlisted = errors.New("session: sealed cookies cannot be listed, or ended one by one")

func (b borne) list(context.Context, string) ([]About, error) { return nil, ErrUnlisted }

func (b borne) endOne(context.Context, string, string) (bool, error) { return false, ErrUnlisted }

func (b borne) endAll(ctx context.Context, user string) error {
	if user == "" {
		return nil
	}
	return b.EndAll(ctx, user)
}

// endOthers gives the session the generation that all others have not.
func (b borne) endOthers(ctx context.Context, rec *Record) error {
	if err := b.current(ctx, rec); err != nil {
		return err
	}
	if err := b.endAll(ctx, rec.user); err != nil {
		return err
	}
	g, err := b.generation(ctx, rec.user)
	rec.version = g
	return err
}
