// Random numbers as NumPy and Python draw them: the same ones from the same seed.

const STATE_SIZE = 624; // words of the state
const SHIFT = 397;

/** The Mersenne Twister MT19937: whole numbers below 2³². Matsumoto & Nishimura, "Mersenne Twister", 1998. */
class MersenneTwister {
  constructor(seed) {
    this.state = new Uint32Array(STATE_SIZE);
    this.at = STATE_SIZE;
    this.state[0] = seed;
    for (let i = 1; i < STATE_SIZE; i++) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(before ^ (before >>> 30), 1812433253) + i;
    }
  }

  /** Mixes a key of any length into the state: init_by_array of the authors' program. */
  mix(key) {
    const { state } = this;
    let i = 1;
    const turn = (factor, addend, subtrahend) => {
      const before = state[i - 1];
      state[i] = (state[i] ^ Math.imul(before ^ (before >>> 30), factor)) + addend - subtrahend;
      if (++i < STATE_SIZE) return;
      state[0] = state[STATE_SIZE - 1];
      i = 1;
    };
    const turns = Math.max(STATE_SIZE, key.length);
    for (let n = 0; n < turns; n++) turn(1664525, key[n % key.length] + (n % key.length), 0);
    for (let n = 1; n < STATE_SIZE; n++) turn(1566083941, 0, i);
    state[0] = 0x80000000;
  }

  next() {
    if (this.at === STATE_SIZE) this.#renew();
    let word = this.state[this.at++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A number of at least 0 and less than 1, of 53 random bits. */
  fraction() {
    const high = this.next() >>> 5;
    return (high * 0x4000000 + (this.next() >>> 6)) / 0x20000000000000;
  }

  #renew() {
    const { state } = this;
    for (let i = 0; i < STATE_SIZE; i++) {
      const word = (state[i] & 0x80000000) | (state[(i + 1) % STATE_SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE_SIZE] ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }
}

/** NumPy's `numpy.random.RandomState(seed)`, which draws the same numbers in all of its versions. */
export class RandomState {
  #words;
  #kept = null; // normal numbers come in pairs

  /** The seed is a whole number from 0 to 2³² - 1; any other is a RangeError. */
  constructor(seed) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new RangeError(`seed must be a whole number from 0 to 4294967295, got ${seed}`);
    this.#words = new MersenneTwister(seed);
  }

  random() {
    return this.#words.fraction();
  }

  uniform(low = 0, high = 1) {
    return low + (high - low) * this.random();
  }

  /** By the polar method. Marsaglia & Bray, "A convenient method for generating normal variables", 1964. */
  normal(mean = 0, deviation = 1) {
    let drawn = this.#kept;
    this.#kept = null;
    if (drawn === null) {
      let a, b, square;
      do {
        a = 2 * this.random() - 1;
        b = 2 * this.random() - 1;
        square = a * a + b * b;
      } while (square >= 1 || square === 0);
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#kept = scale * a;
      drawn = scale * b;
    }
    return mean + deviation * drawn;
  }

  /** Shuffles an array in place. Fisher & Yates; Durstenfeld, "Algorithm 235: Random permutation", 1964. */
  shuffle(array) {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      const last = array[i];
      array[i] = array[j];
      array[j] = last;
    }
  }

  /** The numbers from 0 to n - 1 in random order. */
  permutation(n) {
    const order = Array.from({ length: n }, (_, i) => i);
    this.shuffle(order);
    return order;
  }

  /** So many of the array's items, each at most once: `choice` without replacement. */
  choice(array, count) {
    return this.permutation(array.length)
      .slice(0, count)
      .map((i) => array[i]);
  }

  /** A whole number from 0 to `most`: as many bits as that has are drawn until they are no larger. */
  #upTo(most) {
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const drawn = (this.#words.next() & mask) >>> 0;
      if (drawn <= most) return drawn;
    }
  }
}

/** Python's `random.Random(seed)`. */
export class PythonRandom {
  #words = new MersenneTwister(19650218);
  #kept = null;

  /** The seed is a whole number, which JavaScript has exactly; any other is a RangeError. */
  constructor(seed) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a whole number below 2⁵³, got ${seed}`);
    const size = Math.abs(seed);
    const high = Math.floor(size / 2 ** 32);
    this.#words.mix(high ? [size % 2 ** 32, high] : [size]);
  }

  random() {
    return this.#words.fraction();
  }

  uniform(low, high) {
    return low + (high - low) * this.random();
  }

  /** A normal number. Box & Muller, "A note on the generation of random normal deviates", 1958. */
  gauss(mean = 0, deviation = 1) {
    let drawn = this.#kept;
    this.#kept = null;
    if (drawn === null) {
      const angle = this.random() * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      this.#kept = Math.sin(angle) * radius;
      drawn = Math.cos(angle) * radius;
    }
    return mean + drawn * deviation;
  }
}
