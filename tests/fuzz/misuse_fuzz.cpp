// SPDX-License-Identifier: MIT
//
// A program that misuses the hardened malloc: sound calls of the family, mixed with addresses that
// may not be freed, and at last one overwritten word of what the heap keeps. What
// docs/RELIABILITY.md says is found must be found, at once or when it is used; nothing else may be
// taken for a fault; and no live block may change.
//
//   Input: pages, key, then steps of seven bytes: sort of step, an operation, which function.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "hardened/faults.hpp"
#include "support/malloc_script.hpp"

namespace {

using heaplet_host::Role;
using heaplet_test::Fault;
using heaplet_test::fault_of;
using heaplet_test::MallocScript;
using heaplet_test::Op;

constexpr std::size_t kWord = sizeof(std::size_t);
constexpr std::size_t kGranule = 2 * kWord;
constexpr std::size_t kSlab = 512 * kWord;

std::size_t seed;

std::size_t mixed(std::size_t value) {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

void require(bool holds, const char* what, const Fault& fault = {}) {
  if (holds) return;
  std::fprintf(stderr, "%s; told: %s of %p\n", what, fault.kind, fault.address);
  std::abort();
}

bool is(const Fault& fault, const char* kind) { return std::string(kind) == fault.kind; }

// A wild link may trap, once there is one: beyond the end of linear memory it does in WebAssembly,
// where the line is not promised. Before that the sanitizer reports it.
bool may_trap = false;
struct sigaction reporter;

void on_trap(int) {
  if (!may_trap) {
    sigaction(SIGSEGV, &reporter, nullptr);
    return;
  }
  heaplet_test::met = {"trap", nullptr, 0};
  std::longjmp(heaplet_test::way_out, 1);
}

void catch_traps() {
  struct sigaction action = {};
  action.sa_handler = on_trap;
  action.sa_flags = SA_NODEFER;
  sigaction(SIGSEGV, &action, &reporter);
}

// A block's tag lies in the word that its size lacks to a whole granule.
bool is_object(std::size_t usable_bytes) { return usable_bytes % kGranule == 0; }

class Program {
 public:
  // The heap has memory, and is large enough for slabs or is not.
  Program(std::size_t pages, std::size_t heap_bytes) : script_(pages) {
    host_free(host_malloc(heap_bytes));
  }

  // False when the program has come to its end.
  bool step(const std::uint8_t* data) {
    const Op op = *heaplet_test::OpReader(data + 1, Op::kEncodedBytes).next();
    const std::uint8_t variant = data[1 + Op::kEncodedBytes];
    if (data[0] < 0xb0) return operate(op, variant);
    if (data[0] < 0xf0) {
      misuse(data[0], op, variant);
    } else if (!corrupted_) {
      corrupt(op, variant);
    }
    return true;
  }

  void finish() {
    if (corrupted_) use_everything();
    may_trap = false;
    require(script_.contents_are_whole(), script_.problem().c_str());
  }

  static constexpr std::size_t kStepBytes = 2 + Op::kEncodedBytes;

 private:
  struct Freed {
    unsigned char* address;
    std::size_t bytes;
    bool at_once;  // nothing was allocated since
  };
  struct Word {
    Role role;
    std::size_t* address;
  };

  bool operate(const Op& op, std::uint8_t variant) {
    const MallocScript::Block before = script_.blocks().at(op.slot);
    const Fault fault = fault_of([&] { script_.apply(op, variant); });
    if (!is(fault, "none")) {
      require(corrupted_, "a sound call is taken for a fault", fault);
      check_found(fault);
      script_.forget(op.slot);
      require(script_.contents_are_whole(), script_.problem().c_str(), fault);
      corrupted_ = false;
      return false;
    }
    // The script looks at a block's contents when it is freed.
    require(script_.problem().empty() && (corrupted_ || !heaplet_host::validate()),
            "a sound call breaks the heap");
    must_be_found_at_once_ = false;
    const MallocScript::Block& after = script_.blocks().at(op.slot);
    if (before.address != nullptr && before.address != after.address) {
      freed_.push_back({before.address, before.bytes, after.address == nullptr});
    }
    if (after.address != nullptr) {
      std::erase_if(freed_, [&](const Freed& freed) {
        return freed.address + kGranule > after.address &&
               freed.address - kWord < after.address + after.bytes;
      });
      for (Freed& freed : freed_) freed.at_once = false;
    }
    return true;
  }

  // An address that may not be freed. The heap is as it was.
  void misuse(std::uint8_t sort, const Op& op, std::uint8_t variant) {
    if (corrupted_) return;
    const MallocScript::Block& live = script_.blocks().at(op.slot);
    const std::size_t offset = op.bytes % 4096;
    if (sort < 0xc0) {
      if (freed_.empty()) return;
      const Freed freed = freed_[op.slot % freed_.size()];
      const Fault fault = told_of(freed.address, variant);
      const bool is_certain = freed.at_once && !is_object(freed.bytes);
      require(is(fault, "double-free") || (!is_certain && is(fault, "bad-free")),
              "a double free is not told", fault);
    } else if (sort < 0xd0) {
      if (live.address == nullptr) return;
      const std::size_t middle = offset / kGranule * kGranule;
      if (middle == 0 || middle >= live.bytes) return;
      expect(told_of(live.address + middle, variant), "bad-free");
    } else if (sort < 0xd8) {
      if (live.address == nullptr || offset % kGranule == 0) return;
      expect(told_of(live.address + offset % kGranule, variant), "misaligned-free");
    } else if (sort < 0xe0) {
      // Above the heap, in memory that it may have some day.
      const std::size_t top = heaplet_host::kPageBytes * (16 + op.bytes % 400);
      const std::uintptr_t address = heaplet_host::memory_base() + top + offset / 16 * 16;
      expect(told_of(reinterpret_cast<void*>(address), variant), "foreign-free");
    } else if (sort < 0xe8) {
      if (script_.breaks().empty()) return;
      const MallocScript::Block& taken = script_.breaks()[op.slot % script_.breaks().size()];
      // The last of it may stand where the heap goes on.
      if (offset / 16 * 16 + 32 > taken.bytes) return;
      const Fault fault = told_of(taken.address + offset / 16 * 16, variant);
      require(is(fault, "bad-free") || is(fault, "foreign-free"), "sbrk's memory", fault);
    } else if (live.address != nullptr && is_object(live.bytes)) {
      const auto slab = reinterpret_cast<std::uintptr_t>(live.address) & ~(kSlab - 1);
      expect(told_of(reinterpret_cast<void*>(slab + offset % 2 * kGranule), variant), "bad-free");
    }
  }

  Fault told_of(void* address, std::uint8_t variant) {
    const Fault fault = fault_of([&] {
      switch (variant % 4) {
        case 0:
          static_cast<void>(host_realloc(address, 24U + variant));
          break;
        case 1:
          static_cast<void>(host_malloc_usable_size(address));
          break;
        default:
          host_free(address);
      }
    });
    require(fault.address == address, "another address is told, or none", fault);
    require(!heaplet_host::validate(), "a misuse that was told breaks the heap", fault);
    return fault;
  }

  static void expect(const Fault& fault, const char* kind) {
    if (!is(fault, kind)) require(false, kind, fault);
  }

  // Writes to words that the heap keeps, upwards from one, as what overflows or was freed does.
  void corrupt(const Op& op, std::uint8_t variant) {
    std::vector<Word> words;
    heaplet_host::visit_words(
        [](void* context, Role role, std::size_t* word) {
          static_cast<std::vector<Word>*>(context)->push_back({role, word});
        },
        &words);
    if (words.empty()) return;
    std::size_t first = (op.bytes * 256 + op.slot) % words.size();
    std::size_t count = variant < 0xc0 ? 1 : 2 + variant % 8;
    for (; count != 0 && first != words.size(); --count, ++first) {
      const Word& word = words[first];
      const std::size_t before = *word.address;
      std::size_t after = value(words, op, variant, before);
      constexpr std::size_t kBytes[] = {1, 2, 4, 8};
      const std::size_t written = kBytes[variant / 8 % 4];
      if (written < kWord) {
        const std::size_t mask = (std::size_t{1} << (8 * written)) - 1;
        after = (before & ~mask) | (after & mask);
      }
      if (after == before || is_excepted(word, before, after)) continue;
      *word.address = after;
      std::snprintf(written_, sizeof written_, "role %d at %p: %zx, was %zx",
                    static_cast<int>(word.role), static_cast<void*>(word.address), after, before);
      corrupted_ = may_trap = true;
      if (!may_pass(variant, before, after) && must_be_found(word.role, after)) {
        (is_in_slab(word.role) ? must_be_found_at_once_ : must_be_found_) = true;
      }
    }
  }

  static std::size_t value(const std::vector<Word>& words, const Op& op, std::uint8_t variant,
                           std::size_t before) {
    switch (variant % 8) {
      case 0:
        return 0;
      case 1:
        return SIZE_MAX;
      case 2:
        return before + kGranule * (op.alignment % 16);
      case 3:
        return *words[(op.bytes + op.alignment) % words.size()].address;
      case 4:
        return reinterpret_cast<std::size_t>(
            words[(op.bytes + op.alignment) % words.size()].address);
      case 5:
        return 0x4141414141414141U & SIZE_MAX;
      default:
        return mixed(op.bytes + op.alignment);
    }
  }

  // Said to pass now and then: what is sealed at another place, and what leaves the first byte as
  // it was, which is no size's highest.
  static bool may_pass(std::uint8_t variant, std::size_t before, std::size_t after) {
    return variant % 8 == 3 || ((before ^ after) & 0xff) == 0;
  }

  // What is said to be met by chance: a slab's count that is a little off, another place in the
  // same slab as its first free object.
  static bool is_excepted(const Word& word, std::size_t before, std::size_t after) {
    constexpr std::size_t kCounts = std::size_t{1} << 20U;
    if (word.role == Role::SlabUsed) return after - before + kCounts < 2 * kCounts;
    const auto slab = reinterpret_cast<std::uintptr_t>(word.address) & ~(kSlab - 1);
    return word.role == Role::SlabFree && (after & ~(kSlab - 1)) == slab;
  }

  static bool must_be_found(Role role, std::size_t after) {
    switch (role) {
      case Role::ObjectMark:  // a later double free is not told, and nothing else comes of it
      case Role::TopTag:      // written and never read
      case Role::ForeignTag:
      case Role::FreeSize:  // written anew when the block is taken from its other end
      case Role::FreeBack:  // put right unseen when another block comes before it
      case Role::SlabBack:
        return false;
      case Role::FreeNext:
      case Role::SlabNext:
        return after != 0;  // the end of a list, and a legal one
      default:
        return true;
    }
  }

  // What is gone, and was not used, when the slab's last object is freed.
  static bool is_in_slab(Role role) {
    return role == Role::ObjectLink || role == Role::SlabFree || role == Role::SlabNext;
  }

  void check_found(const Fault& fault) {
    require(is(fault, "trap") || is(fault, "heap-corruption") || is(fault, "bad-free") ||
                is(fault, "double-free"),
            written_, fault);
  }

  // Takes all that is free, then frees all there is: no word of the heap's is left out.
  void use_everything() {
    std::vector<unsigned char*> taken;
    taken.reserve(std::size_t{1} << 18U);
    const Fault fault = fault_of([&] {
      for (std::size_t bytes = 60000; bytes >= 1; bytes -= bytes > 256 ? bytes / 4 : 16) {
        while (auto* const block = static_cast<unsigned char*>(host_malloc(bytes))) {
          require(heaplet_host::contains(block, bytes), written_);
          std::memset(block, 0xee, bytes);
          taken.push_back(block);
        }
        if (bytes <= 16) break;
      }
    });
    require(script_.contents_are_whole(), written_, fault);
    if (!is(fault, "none")) return check_found(fault);
    const Fault last = fault_of([&] {
      for (unsigned char* const block : taken) {
        require(*block == 0xee, written_);
        host_free(block);
      }
      script_.free_all();
      host_malloc_trim(0);
    });
    require(script_.problem().empty(), written_, last);
    for (std::size_t slot = 0; slot < Op::kSlotCount; ++slot) script_.forget(slot);
    if (!is(last, "none")) return check_found(last);
    require(!must_be_found_ && !must_be_found_at_once_, written_);
  }

  MallocScript script_;
  std::vector<Freed> freed_;
  bool corrupted_ = false;
  bool must_be_found_ = false;
  bool must_be_found_at_once_ = false;  // before anything else is freed
  char written_[128] = "";
};

}  // namespace

// The key that words are sealed with: the input's, so that a crash happens again.
extern "C" int getentropy(void* buffer, std::size_t bytes) {
  std::memcpy(buffer, &seed, bytes);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  static const bool is_ready = (catch_traps(), true);
  static_cast<void>(is_ready);
  if (bytes < 2) return 0;
  seed = mixed(data[1] + 1U);
  Program program(8U + data[0] % 8U, data[0] % 3U == 0 ? 1 : 400000);
  bool goes_on = true;
  for (data += 2, bytes -= 2; goes_on && bytes >= Program::kStepBytes;
       data += Program::kStepBytes, bytes -= Program::kStepBytes) {
    goes_on = program.step(data);
  }
  program.finish();
  return 0;
}
