/**
 * Which channel elements an access unit has and in which order (ISO/IEC 14496-3, Table 1.19): what the channel
 * configuration demands, or what is usual where it is not known.
 */

/**
 * By `channelConfiguration`: the channel elements in order, their ids as hexadecimal digits behind a first 1 (0 single
 * channel, 1 pair, 3 LFE). 13, with 22.2 channels, is left out: nothing streams it.
 */
const ORDERS: Readonly<Record<number, number>> = {
  1: 0x10,
  2: 0x11,
  3: 0x101,
  4: 0x1010,
  5: 0x1011,
  6: 0x10113,
  7: 0x101113,
  11: 0x101103,
  12: 0x101113,
  14: 0x101131,
};

/**
 * What a sequence of channel elements is held against. `elements`: their ids as hexadecimal digits behind a first 1.
 */
export interface ChannelOrder {
  /** Whether elements may begin like this. */
  mayBegin(elements: number): boolean;
  /** Whether elements may be these and no more. */
  mayEnd(elements: number): boolean;
  /** Channels there may be at most. */
  readonly maxChannels: number;
  /** Whether instance tags count from 0 for want of a program_config_element that names them. */
  readonly tagsCount: boolean;
}

/** Eleven elements, which is more than any configuration in use has; and the digits stay exact. */
const MAX_ELEMENTS = 2 ** 48;
const MAX_CHANNELS = 22;

/** `channelConfiguration`: undefined where it is not known, and then one of those above is asked for if `usual`. */
export function channelOrder(channelConfiguration: number | undefined, usual: boolean): ChannelOrder {
  if (channelConfiguration === 0 || (channelConfiguration === undefined && !usual)) {
    return {
      mayBegin: (elements) => elements < MAX_ELEMENTS,
      mayEnd: (elements) => elements > 1,
      maxChannels: MAX_CHANNELS,
      tagsCount: false,
    };
  }
  const orders = channelConfiguration === undefined ? Object.values(ORDERS) : [ORDERS[channelConfiguration]];
  const wholes = new Set<number>();
  const heads = new Set<number>();
  for (const order of orders) {
    if (order === undefined) throw new RangeError(`channel configuration ${channelConfiguration} is not known`);
    wholes.add(order);
    for (let head = order; head > 1; head >>>= 4) heads.add(head);
  }
  const maxChannels = Math.max(...[...wholes].map(channelsOf));
  return {
    mayBegin: (elements) => heads.has(elements),
    mayEnd: (elements) => wholes.has(elements),
    maxChannels,
    tagsCount: true,
  };
}

/** The order of a stream that is known to have just these elements, whatever its configuration names. */
export function orderOfElements(elements: number): ChannelOrder {
  const heads = new Set<number>();
  for (let head = elements; head > 1; head = Math.floor(head / 16)) heads.add(head);
  return {
    mayBegin: (begun) => heads.has(begun),
    mayEnd: (whole) => whole === elements,
    maxChannels: MAX_CHANNELS,
    tagsCount: false,
  };
}

function channelsOf(elements: number): number {
  let channels = 0;
  for (let left = elements; left > 1; left >>>= 4) channels += (left & 15) === 1 ? 2 : 1;
  return channels;
}
