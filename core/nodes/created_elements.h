// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace shmount {

/// The element nodes that open(2) with O_CREAT made, as `3.str`, and whose element may not have
/// that type before the first write. They must stay valid as long as they are open. Thread safe.
class CreatedElements {
 public:
  /// Keeps a node in the set until destroyed. The set must outlive it.
  class Token {
   public:
    Token(CreatedElements& set, std::uint64_t id) : set_(set), id_(id) {}
    ~Token() { set_.Remove(id_); }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

   private:
    CreatedElements& set_;
    std::uint64_t id_;
  };

  std::unique_ptr<Token> Add(std::uint64_t id);
  bool Contains(std::uint64_t id) const;

 private:
  void Remove(std::uint64_t id);
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, unsigned> ids_;
};

}  // namespace shmount
