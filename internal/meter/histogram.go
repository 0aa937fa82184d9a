package meter

import (
	"math"
	"sync/atomic"
	"time"
)

// Bounds are the upper ends of the buckets that are told, in seconds.
var Bounds = [...]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// The fine buckets, from which percentiles are worked out: four to each doubling, so
// that none is wrong by more than a tenth.
const (
	finest   = -12 // 2^-12 s is 0.24 ms, and what is faster is as good
	coarsest = 7   // 2^7 s is 128 s
	perOct   = 4
	fine     = (coarsest-finest)*perOct + 1
)

// fineOf is the bucket of a duration, by its upper end.
func fineOf(seconds float64) int {
	if seconds <= 1.0/(1<<-finest) {
		return 0
	}
	frac, exp := math.Frexp(seconds) // frac in [0.5, 1)
	n := (exp-1-finest)*perOct + step(2*frac)
	return min(n, fine-1)
}

// step tells the quarter of a doubling, of 1 to 2, on a logarithmic scale.
func step(m float64) int {
	switch {
	case m <= 1:
		return 0
	case m <= 1.189207115002721: // 2^(1/4)
		return 1
	case m <= math.Sqrt2:
		return 2
	case m <= 1.681792830507429: // 2^(3/4)
		return 3
	}
	return 4
}

func fineEnd(bucket int) float64 { return math.Exp2(float64(bucket)/perOct + finest) }

// A histogram takes durations from many at once.
type histogram struct {
	told  [len(Bounds) + 1]atomic.Uint64
	fine  [fine]atomic.Uint64
	nanos atomic.Int64
}

func (h *histogram) take(d time.Duration) {
	seconds := d.Seconds()
	i := 0
	for i < len(Bounds) && seconds > Bounds[i] {
		i++
	}
	h.told[i].Add(1)
	h.fine[fineOf(seconds)].Add(1)
	h.nanos.Add(int64(d))
}

// A Histogram is how long things took.
type Histogram struct {
	Count   uint64                  `json:"count"`
	Seconds float64                 `json:"seconds"` // all of them together
	Buckets [len(Bounds) + 1]uint64 `json:"buckets"` // by the bounds, and what was above; not cumulative
}

// fineCounts is what the fine buckets hold.
type fineCounts [fine]uint64

func (f *fineCounts) add(h *histogram) {
	for i := range f {
		f[i] += h.fine[i].Load()
	}
}

func (f *fineCounts) since(before *fineCounts) (left fineCounts) {
	for i := range f {
		left[i] = f[i] - before[i]
	}
	return left
}

// percentile is what so many of a hundred did not exceed, in seconds; 0 of none.
func (f *fineCounts) percentile(p int) float64 {
	total := uint64(0)
	for _, n := range f {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank := (total*uint64(p) + 99) / 100
	for i, n := range f {
		if n < rank {
			rank -= n
			continue
		}
		if i == 0 {
			return fineEnd(0)
		}
		low, high := fineEnd(i-1), fineEnd(i)
		return low + (high-low)*float64(rank)/float64(n)
	}
	return fineEnd(fine - 1)
}

func (h *Histogram) add(from *histogram) {
	for i := range h.Buckets {
		n := from.told[i].Load()
		h.Buckets[i] += n
		h.Count += n
	}
	h.Seconds += time.Duration(from.nanos.Load()).Seconds()
}
