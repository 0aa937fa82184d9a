package rawtls

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
)

// PrimeName is where a prime for Diffie-Hellman is from, if many use the same: "" if
// it is not known. What one attacker has computed for such a prime serves against all
// who use it (https://weakdh.org/).
func PrimeName(prime []byte) string {
	sum := sha256.Sum256(prime)
	return primes()[hex.EncodeToString(sum[:8])]
}

var primes = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(primeTable) {
		sums, name, _ := strings.Cut(strings.TrimSpace(line), " = ")
		for _, sum := range strings.Fields(sums) {
			names[sum] = name
		}
	}
	return names
})

// primeTable has the first 8 bytes of the SHA-256 of each prime, without leading
// zeros. Those of RFC 2409, 3526 and 7919 come from the formulas there; the others are
// listed by https://nmap.org/nsedoc/scripts/ssl-dh-params.html and
// https://github.com/cryptosense/diffie-hellman-groups; as of 2026-11.
const primeTable = `b52ba6a3026520a6 = RFC 2409 group 1
3f35a3f5f6c4376a = RFC 2409 group 2
64fcc83ec403930b = RFC 3526 group 5
d66436f79bbd6b2e = RFC 3526 group 14
48cf8b092fbce435 = RFC 3526 group 15
4ee95187682bcb23 = RFC 3526 group 16
d1bfe6d0925ce7e4 = RFC 3526 group 17
39ab4feab950a312 = RFC 3526 group 18
9cd3b7f336872f46 = RFC 7919 ffdhe2048
0eaf67db3a839156 = RFC 7919 ffdhe3072
4648414224ac881b = RFC 7919 ffdhe4096
227ac9066b3ddd9e = RFC 7919 ffdhe6144
770b14efaf6f0499 = RFC 7919 ffdhe8192
44c55cfee5c07592 bfe545862ca102ad 0b7835722cb61982 = RFC 5114
3cdb020b9ef298b2 = Apache 2.0
f79d1db3c955a28f db01e702899166da bf910d9df4e0b2e7 = Apache 2.2
8ae47dca3d24e9b6 = nginx
73b391ec8da33ee1 ee5483fe4b96caa1 cc21a33dd1a3edf4 = Java
f26e2403f3f07946 66d0bf38b0bdfacf 3166ce1918000532 9e348a9471b7d123 ce7728db3aed1119 = OpenSSL
486e235226a927b2 7b6551ea6ff09bd7 a67f41cb161353e0 = HAProxy
449ab49c277d21a6 4e1f16b0a537becf 6c863838510bab3e ef627d8cc44144f3 = Postfix
d03fdc7fe0f0d300 ac10fa3c5965ca36 = socat
bfa876fe4671a9c6 = IronPort
74a5cce5b6a93eb7 196085cb4281d1ff 80571b97f71f8972 5f856a00120eee6d deb671287187265a = weakdh.org
bc19c041491e550f ac0ff7a415f003c6 2b07d24b932aa7a0 8523c72057043833 52d4faa53003b834 = weakdh.org
`
